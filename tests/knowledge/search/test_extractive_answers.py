from typing import Any

import pytest

from assistant.llm import embeddings
from knowledge.models import Article
from knowledge.search.extractive_answers import best_quotes

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(shop: dict[str, Article], find: Any) -> Any:
    def quoted(question: str) -> Any:
        quotes = best_quotes(question, find(question), embeddings.embed([question])[0])
        return quotes[0] if quotes else None

    return quoted


def test_a_table_row_is_quoted_with_its_header(quote: Any) -> None:
    said = quote("How much is it to send a parcel to Norway?")

    assert said.text == "**Abroad**\n\n| Country | Price | Days |\n|---|---|---|\n| Norway | €14.90 | 4–6 |"
    assert said.passage.external_id == "shipping"


def test_steps_are_quoted_whole(quote: Any) -> None:
    said = quote("What are the steps to send something back?")

    assert "To send something back:\n\n1. Sign in" in said.text
    assert "3. Bring the parcel" in said.text


def test_a_sentence_is_quoted_as_it_stands(quote: Any) -> None:
    assert "E-104 means that the burrs are blocked" in quote("What does E-104 mean?").text


def test_what_is_not_in_the_articles_is_not_quoted(quote: Any) -> None:
    assert quote("Who won the world cup in 1998?") is None


def test_without_a_vector_words_alone_choose_the_quote(shop: dict[str, Article], find: Any) -> None:
    question = "What does express cost?"

    said = best_quotes(question, find(question), None)

    assert "Express costs €12" in said[0].text
