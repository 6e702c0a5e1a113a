from collections.abc import Callable
from typing import Any

import pytest

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from knowledge.indexing import reembedding
from knowledge.models import Article, Chunk, Sentence
from knowledge.search.extractive_answers import best_quotes
from knowledge.search.search import Query, passages_for
from tests.knowledge.conftest import SHIPPING

pytestmark = pytest.mark.django_db
ASKED = {
    "de": "Wie viel kostet der Versand nach Norwegen?",
    "es": "¿Cuánto cuesta enviar un paquete a Noruega?",
    "fr": "Combien coûte la livraison en Norvège ?",
}


@pytest.mark.parametrize("language", ASKED)
def test_a_question_in_another_language_finds_and_quotes_the_article(
    shop: dict[str, Article], find: Callable[..., Any], language: str
) -> None:
    found = find(ASKED[language])

    (quote, *_) = best_quotes(found.searched_text, found, embeddings.embed([ASKED[language]])[0])

    assert not found.declined
    assert quote.passage.external_id == "shipping"
    assert "| Norway | €14.90 | 4–6 |" in quote.text


def test_what_has_nothing_to_do_with_the_articles_is_declined_in_another_language(
    shop: dict[str, Article], find: Callable[..., Any]
) -> None:
    assert find("Wer hat 1998 die Weltmeisterschaft gewonnen?").declined


def test_an_article_from_before_gets_its_vectors_for_other_languages(
    shop: dict[str, Article], find: Callable[..., Any]
) -> None:
    Chunk.objects.update(multilingual=None)
    Sentence.objects.update(multilingual=None)

    assert reembedding.renew_articles(limit_s=60) == len(shop)

    assert not Chunk.objects.filter(multilingual=None).exists()
    assert not Sentence.objects.filter(multilingual=None).exists()
    assert find(ASKED["de"]).passages[0].external_id == "shipping"


def test_a_question_in_another_language_reaches_no_article_for_others(
    write: Callable[..., Article], find: Callable[..., Any]
) -> None:
    write("staff", "What shipping costs us", SHIPPING, audience="internal")
    write("members", "What shipping costs members", SHIPPING, audience="customers")

    def seen(audience: str) -> set[str]:
        found = find(ASKED["de"], audience=audience)
        quotes = best_quotes(found.searched_text, found, embeddings.embed([ASKED["de"]])[0])
        return {each.external_id for each in [*found.passages, *(quote.passage for quote in quotes)]}

    assert (seen("public"), seen("customers")) == (set(), {"members"})
    assert "staff" in seen("internal")


def test_a_question_in_another_language_reaches_no_other_workspace(shop: dict[str, Article]) -> None:
    other = Workspace.objects.create(name="Other", slug="other")
    vector = embeddings.embed([ASKED["de"]])[0]

    found = passages_for(other, Query(ASKED["de"]), vector)

    assert not found.passages
    assert found.declined


@pytest.mark.parametrize("question", ["What does it cost?", "How much is it to send a parcel to Norway?"])
def test_a_question_with_a_history_is_searched_for_when_the_embedder_has_just_gone(
    shop: dict[str, Article], workspace: Workspace, no_embedder: Any, question: str
) -> None:
    said = (("customer", "Do you deliver to Norway?"), ("assistant", "Yes, we do."))
    vector = embeddings.embed([question])[0]

    with no_embedder():
        found = passages_for(workspace, Query(question, said), vector)

    assert found.passages[0].external_id == "shipping"
