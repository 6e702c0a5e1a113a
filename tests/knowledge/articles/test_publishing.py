from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from assistant.errors import Conflict
from assistant.llm import embeddings
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from caching import answers
from caching.matching.evidence import Source
from caching.models import CachedAnswer
from caching.scope import Scope
from knowledge.articles import editing, publishing
from knowledge.models import Article, Chunk, IndexState, Posting, Sentence
from tests.knowledge.conftest import SHIPPING

pytestmark = pytest.mark.django_db
LONG = "\n\n".join(f"## Part {n}\n\n" + f"This part speaks of the subject {n} at length. " * 12 for n in range(6))


def test_an_edit_embeds_again_only_what_changed(write: Callable[..., Article]) -> None:
    article = write("long", "A long article", LONG)
    write("shipping", "Shipping", SHIPPING)
    before = dict(article.chunks.values_list("content_hash", "pk"))
    calls_before = set(ModelCall.objects.values_list("pk", flat=True))

    publishing.revise(article, title=article.title, body=LONG.replace("subject 3 at", "subject 3 and 33 at"))
    published = publishing.publish(article)

    after = dict(article.chunks.values_list("content_hash", "pk"))
    assert published.new_chunks == 1
    assert len(before.items() & after.items()) == len(after) - 1
    changed = article.chunks.get(pk__in=set(after.values()) - set(before.values()))
    embedded = ModelCall.objects.exclude(pk__in=calls_before).values_list("texts", flat=True)
    assert list(embedded) == [1 + changed.sentences.count()]  # the passage, and each of its own sentences
    assert set(article.chunks.values_list("revision__number", flat=True)) == {2}


def test_publishing_the_same_text_again_changes_nothing(write: Callable[..., Article]) -> None:
    article = write("shipping", "Shipping", SHIPPING)
    before = list(Chunk.objects.values_list("pk", "content_hash"))
    calls = ModelCall.objects.count()

    published = publishing.publish(article)

    assert published.new_chunks == 0
    assert list(Chunk.objects.values_list("pk", "content_hash")) == before
    assert ModelCall.objects.count() == calls


def test_publishing_drops_the_cached_answers_that_cite_the_article(
    write: Callable[..., Article], remembered: Callable[[Article], CachedAnswer]
) -> None:
    cited, other = write("a", "Shipping", SHIPPING), write("b", "Opening hours", "We open at nine.")
    remembered(cited)
    kept = remembered(other)

    publishing.revise(cited, title="Shipping", body=SHIPPING.replace("4.90", "5.90"))
    published = publishing.publish(cited)

    assert published.dropped_answers == 1
    assert list(CachedAnswer.objects.servable().values_list("pk", flat=True)) == [kept.pk]


def test_a_publication_that_is_undone_keeps_the_old_text_and_its_answers(
    write: Callable[..., Article], remembered: Callable[[Article], CachedAnswer]
) -> None:
    article = write("a", "Shipping", SHIPPING)
    remembered(article)
    publishing.revise(article, title="Shipping", body="Something else altogether.")

    with transaction.atomic():
        assert publishing.publish(article).dropped_answers == 1
        transaction.set_rollback(True)

    assert "Denmark" in " ".join(Chunk.objects.values_list("text", flat=True))
    assert CachedAnswer.objects.servable().count() == 1
    assert Article.objects.get().published_revision.number == 1


def test_an_article_that_is_taken_back_leaves_nothing_to_find(shop: dict[str, Article], find: Any) -> None:
    publishing.unpublish(shop["shipping"])

    assert shop["shipping"].status == Article.Status.DRAFT
    assert "shipping" not in {passage.external_id for passage in find("What does shipping cost?").passages}
    assert IndexState.objects.get().chunks == Chunk.objects.count()


def test_a_deleted_article_leaves_no_row_behind(write: Callable[..., Article]) -> None:
    publishing.delete(write("a", "Shipping", SHIPPING))

    assert not Chunk.objects.exists()
    assert not Posting.objects.exists()
    assert not Sentence.objects.exists()


def test_an_empty_article_is_not_published(workspace: Workspace) -> None:
    article = publishing.save_draft(workspace, title="Empty", body=" ")

    with pytest.raises(Conflict):
        publishing.publish(article)


def test_a_draft_does_not_touch_what_is_live(write: Callable[..., Article], workspace: Workspace) -> None:
    write("a", "Shipping", SHIPPING)

    article = publishing.save_draft(workspace, external_id="a", title="Shipping", body="A new text.")

    assert article.has_unpublished_changes
    assert article.latest_revision.number == 2
    assert "Denmark" in Chunk.objects.order_by("position").first().text


def test_without_the_embedder_an_article_is_found_by_its_words(
    write: Callable[..., Article], find: Any, no_embedder: Any, workspace: Workspace
) -> None:
    with no_embedder():
        article = write("a", "Shipping", SHIPPING)
    assert set(article.chunks.values_list("embedder", flat=True)) == {""}
    assert find("What does shipping to Norway cost?").passages[0].external_id == "a"

    publishing.publish(article)

    assert set(article.chunks.values_list("embedder", flat=True)) == {embeddings.embedder_name()}
    assert Sentence.objects.count() > 3


def test_nothing_of_a_search_uses_an_approximate_index(shop: dict[str, Article]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_indexes WHERE indexdef ~ 'hnsw|ivfflat' AND tablename = 'knowledge_chunk'"
        )
        assert cursor.fetchone() == (0,)


@pytest.fixture
def remembered(workspace: Workspace) -> Callable[[Article], CachedAnswer]:
    """Keep an answer that stands on an article's first passage."""

    def kept(article: Article) -> CachedAnswer:
        chunk = article.chunks.first()
        source = Source(article.source_key, 1, chunk.content_hash, chunk.text)
        question = f"What are the rules for {article.title.lower()}?"
        entry = answers.remember(
            Scope(workspace.pk, "en", "public", "release"),
            question,
            embeddings.embed([question])[0],
            "It says what it says.",
            [{"n": 1, "title": article.title}],
            [source],
        )
        assert entry is not None
        return entry

    return kept


@pytest.mark.parametrize("change", ["editing", "draft"])
def test_what_became_internal_is_found_by_nobody_else_at_once(
    write: Callable[..., Article], find: Any, workspace: Workspace, change: str
) -> None:
    article = write("a", "Shipping", SHIPPING)

    if change == "editing":
        editing.change(article, audience="internal")
    else:
        publishing.save_draft(workspace, external_id="a", title="Shipping", body="Anew.", audience="internal")

    question = "How much does a parcel within Denmark cost?"
    assert find(question).passages == ()
    assert find(question, audience="internal").passages[0].external_id == "a"
    assert Article.objects.get().published_revision.number == 1


def test_an_article_that_changes_its_language_leaves_no_count_behind(write: Callable[..., Article]) -> None:
    article = write("a", "Shipping", SHIPPING)
    article.locale = "de"
    article.save()

    publishing.publish(article)

    assert dict(IndexState.objects.values_list("locale", "chunks")) == {"en": 0, "de": Chunk.objects.count()}
