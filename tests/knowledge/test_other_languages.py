from collections.abc import Callable
from typing import Any

import pytest

from assistant import embeddings
from knowledge import renewing
from knowledge.models import Article, Chunk, Sentence
from knowledge.quoting import best_quotes

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

    assert renewing.renew_articles(limit_s=60) == len(shop)

    assert not Chunk.objects.filter(multilingual=None).exists()
    assert not Sentence.objects.filter(multilingual=None).exists()
    assert find(ASKED["de"]).passages[0].external_id == "shipping"
