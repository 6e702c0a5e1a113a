"""Vectors follow the embedder: those that are missing or another's are made anew, and nothing else changes."""

from collections.abc import Callable
from typing import Any

import pytest

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from knowledge.gaps import gaps
from knowledge.indexing import reembedding
from knowledge.models import Article, Chunk, Gap, Sentence

pytestmark = pytest.mark.django_db
LONG_S = 60.0


def embedders() -> set[str]:
    return set(Chunk.objects.values_list("embedder", flat=True))


def test_what_went_live_without_an_embedder_gets_its_vectors_later(
    write: Callable[..., Article], find: Any, no_embedder: Any
) -> None:
    with no_embedder():
        article = write("sleep", "Beds", "Whoever cannot sleep may send the mattress back within 100 nights.")
    pks = set(article.chunks.values_list("pk", flat=True))

    assert reembedding.renew_articles(LONG_S) == 1

    assert embedders() == {embeddings.embedder_name()}
    assert set(article.chunks.values_list("pk", flat=True)) == pks
    assert "vector" in find("insomnia, want to return it").passages[0].found_by
    assert reembedding.renew_articles(LONG_S) == 0


def test_vectors_of_another_embedder_are_replaced(shop: dict[str, Article]) -> None:
    before = dict(Chunk.objects.values_list("pk", "embedding"))
    sentences = Sentence.objects.count()
    Chunk.objects.update(embedder="another/1", embedding=next(iter(before.values())))

    assert reembedding.renew_articles(LONG_S) == len(shop)

    assert embedders() == {embeddings.embedder_name()}
    assert dict(Chunk.objects.values_list("pk", "embedding")) == before
    assert Sentence.objects.count() == sentences


def test_while_the_embedder_is_away_all_stays_as_it_is(shop: dict[str, Article], no_embedder: Any) -> None:
    before = list(Chunk.objects.order_by("pk").values_list("pk", "embedding", "embedder"))
    with no_embedder():
        assert reembedding.renew_articles(LONG_S) == 0

    assert list(Chunk.objects.order_by("pk").values_list("pk", "embedding", "embedder")) == before


def test_one_run_takes_no_longer_than_it_may(shop: dict[str, Article]) -> None:
    Chunk.objects.update(embedder="another/1")

    assert [reembedding.renew_articles(0.0) for _ in range(4)] == [1, 1, 1, 0]


def test_what_is_not_live_is_left_alone(write: Callable[..., Article]) -> None:
    article = write("a", "Shipping", "Parcels cost €4.90.")
    Chunk.objects.update(embedder="another/1")
    Article.objects.filter(pk=article.pk).update(status=Article.Status.DRAFT)

    assert reembedding.renew_articles(LONG_S) == 0


def test_open_questions_of_one_meaning_still_meet(workspace: Workspace) -> None:
    asked, alike = "Do you repair watches?", "Can I have a watch repaired by you?"
    gap = gaps.record(workspace, asked, None)

    assert reembedding.renew_gaps() == 1

    assert gaps.record(workspace, alike, embeddings.embed([alike])[0]).pk == gap.pk
    assert reembedding.renew_gaps() == 0


def test_questions_that_were_dismissed_are_left_alone(workspace: Workspace) -> None:
    gap = gaps.record(workspace, "Do you repair watches?", None)
    Gap.objects.filter(pk=gap.pk).update(status=Gap.Status.DISMISSED)

    assert reembedding.renew_gaps() == 0
