from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from knowledge.models import Article
from knowledge.search import search
from knowledge.search.types import Query
from tests.conftest import RETURNS
from tests.knowledge.conftest import SHIPPING

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How much is a parcel to Norway?", "shipping"),
        ("I don't like it, how can I send it back?", "returns"),
        ("What does E-104 mean?", "errors"),
        ("e-207", "errors"),
        ("postage abroad", "shipping"),
        ("what does shiping to norwey cost", "shipping"),
    ],
)
def test_a_question_finds_its_article(shop: dict[str, Article], find: Any, question: str, expected: str) -> None:
    found = find(question)

    assert found.passages[0].external_id == expected
    assert not found.declined


@pytest.mark.parametrize(
    "question", ["Who won the world cup in 1998?", "What is the capital of Mongolia?", "Do you sell horses?"]
)
def test_what_is_in_no_article_is_declined_with_a_reason(shop: dict[str, Article], find: Any, question: str) -> None:
    found = find(question)

    assert found.declined
    assert "not in the articles" in found.reason


def test_a_deadline_is_found_in_an_article_that_speaks_of_days(write: Callable[..., Article], find: Any) -> None:
    write("returns", "Returns and refunds", RETURNS)

    assert not find("What is the deadline for sending something back?").declined


def test_a_passage_says_how_it_was_found(shop: dict[str, Article], find: Any) -> None:
    passage = find("What does shipping to Norway cost?").passages[0]

    assert {"vector", "sentence", "terms", "heading"} <= set(passage.found_by)
    assert 0 < passage.score <= 1
    assert passage.source_key == f"article:{shop['shipping'].pk}"
    assert passage.revision == 1


def test_without_a_vector_words_alone_find_it(shop: dict[str, Article], workspace: Workspace) -> None:
    found = search.passages_for(workspace, Query("What does express cost?"), None)

    assert found.passages[0].external_id == "shipping"
    assert "vector" not in found.passages[0].found_by


def test_without_a_vector_words_alone_decide_what_is_declined(shop: dict[str, Article], workspace: Workspace) -> None:
    def declined(question: str) -> bool:
        return search.passages_for(workspace, Query(question), None).declined

    assert not declined("How do I send something back?")
    assert declined("What is the capital of Mongolia?")


@pytest.mark.parametrize(("least", "declined"), [(None, False), (0.0, False), (1.0, True)])
def test_a_workspace_says_how_sure_search_must_be(
    shop: dict[str, Article], workspace: Workspace, find: Any, least: float | None, declined: bool
) -> None:
    workspace.confidence_min = least

    assert find("What does shipping to Norway cost?").declined is declined


def test_how_sure_is_asked_for_only_where_vectors_are_there(shop: dict[str, Article], workspace: Workspace) -> None:
    workspace.confidence_min = 1.0

    assert not search.passages_for(workspace, Query("What does shipping to Norway cost?"), None).declined


def test_another_workspace_finds_nothing(shop: dict[str, Article]) -> None:
    other = Workspace.objects.create(slug="globex", name="Globex")
    question = "What does shipping to Norway cost?"

    found = search.passages_for(other, Query(question), embeddings.embed([question])[0])

    assert found.passages == ()
    assert found.declined


def test_who_may_not_read_an_article_does_not_find_it(write: Callable[..., Article], find: Any) -> None:
    write("secret", "Margins of the shop", "Our margin on lamps is 40 percent.", audience="internal")
    write("members", "Prices for members", "Customers who sign in pay 10 percent less for lamps.", audience="customers")
    question = "What is the margin or the price on lamps?"

    def seen(audience: str) -> set[str]:
        return {passage.external_id for passage in find(question, audience=audience).passages}

    assert seen("public") == set()
    assert seen("customers") == {"members"}
    assert seen("internal") == {"members", "secret"}


def test_passages_keep_to_the_token_budget(write: Callable[..., Article], find: Any) -> None:
    for n in range(6):
        write(f"a{n}", f"Lamp number {n}", f"The lamp number {n} has a foot of oak. " * 20)

    found = find("Which lamp has a foot of oak?", max_tokens=400)

    assert 0 < sum(passage.tokens for passage in found.passages) <= 400


def test_neighbours_are_joined_and_repetitions_dropped(write: Callable[..., Article], find: Any) -> None:
    part = "The oak lamp is oiled by hand with linseed oil, twice a year. " * 11
    write("care", "Care of the oak lamp", f"## Oil\n\n{part}\n\n## Wax\n\n{part.replace('oiled', 'waxed')}")
    write("copy", "Care of the oak lamp", f"## Oil\n\n{part}\n\n## Wax\n\n{part.replace('oiled', 'waxed')}")

    found = find("How do I care for the oak lamp?")

    assert len(found.passages) == 1
    assert len(found.passages[0].chunk_ids) == 2 or "oiled" in found.passages[0].text


def test_of_two_translations_the_one_in_the_customers_language_is_found(
    write: Callable[..., Article], find: Any
) -> None:
    write("hours", "Opening hours", "The showroom opens at nine.", locale="en")
    write("hours", "Öffnungszeiten", "Der Showroom öffnet um neun.", locale="de")

    assert [p.title for p in find("Wann öffnet der Showroom?", locale="de").passages] == ["Öffnungszeiten"]
    assert [p.title for p in find("When does the showroom open?", locale="en").passages] == ["Opening hours"]


@pytest.mark.parametrize(
    ("locale", "title", "body", "question"),
    [
        ("de", "Versandkosten", "Pakete kosten innerhalb Deutschlands 4,90 Euro.", "Was kostet ein Paket?"),
        ("fr", "Frais de livraison", "Les colis coûtent cinq euros en France.", "Combien coûte un colis ?"),
        ("es", "Gastos de envío", "Los paquetes cuestan cinco euros en España.", "¿Cuánto cuesta un paquete?"),
    ],
)
def test_words_are_stemmed_in_the_articles_language(
    write: Callable[..., Article], workspace: Workspace, locale: str, title: str, body: str, question: str
) -> None:
    write("a", title, body, locale=locale)

    found = search.passages_for(workspace, Query(question, locale=locale), None)

    assert [passage.external_id for passage in found.passages] == ["a"]


def test_a_question_that_leans_on_what_was_said_finds_what_it_means(
    shop: dict[str, Article], workspace: Workspace
) -> None:
    history = (("user", "What does shipping to Austria cost?"), ("assistant", "€7.90."))
    whole = search.search_text("and to Norway?", history)
    vector = embeddings.embed([whole])[0]

    followed = search.passages_for(workspace, Query("and to Norway?", history), vector)

    assert followed.searched_text == whole
    assert "Norway" in followed.passages[0].text


async def test_the_async_twin_answers_the_same(transactional_db: None) -> None:
    workspace = await Workspace.objects.acreate(slug="acme", name="Acme")

    found = await search.apassages_for(workspace, Query("What does shipping cost?"), None)

    assert found.passages == ()
    await sync_to_async(connections.close_all)()


def test_hostile_questions_are_only_questions(shop: dict[str, Article], find: Any) -> None:
    for question in ("'; DROP TABLE knowledge_chunk; --", "%s %(x)s {}", "\u0000", "a" * 4000, "| & ! ( ) : *", ""):
        assert find(question.replace("\u0000", " ")).ms >= 0
    assert publishing.publish(shop["shipping"]).chunks > 0
    assert SHIPPING


def test_a_question_behind_a_long_log_or_another_matter_is_still_found(shop: dict[str, Article], find: Any) -> None:
    log = "\n".join(f"2026-11-30 08:{minute:02} INFO heartbeat ok from node {minute}" for minute in range(60))
    other_matter = "The grinder shows a code E-207 when it stops and the motor is too hot. " * 50

    for said in (log, other_matter):
        found = find(
            "How much is it to send a parcel to Norway?", history=(("customer", said), ("assistant", "Sorry."))
        )
        assert (found.declined, found.passages[0].external_id) == (False, "shipping")
