"""Issue 18: two questions in one message get two parts, and no passage is told twice in a row for two questions."""

import json

import pytest
from asgiref.sync import sync_to_async

from caching.models import CachedAnswer
from conversations.canned_responses import phrase
from conversations.models import Message
from knowledge.articles import publishing
from knowledge.models import Gap

pytestmark = pytest.mark.django_db(transaction=True)

SHIPPING = """We ship to Norway and Sweden. A parcel to Norway takes four working days and costs 9 euros.

## Duty

The customer pays duty for parcels to Norway."""
RETURN, NORWAY, OPERA = "How do I send something back", "how long does a parcel to Norway take", "who sang at the opera"
LABEL, DAYS = "Print the label from your account", "A parcel to Norway takes four working days"


@pytest.fixture
def shop(workspace, no_engine, returns_article):
    """Two articles, and no model."""
    article = publishing.save_draft(workspace, external_id="shipping", title="Shipping abroad", body=SHIPPING)
    publishing.publish(article)
    return workspace


async def receipt_of(reply: dict) -> dict:
    return (await Message.objects.aget(pk=reply["message_id"])).receipt


async def test_each_question_of_a_message_gets_its_own_quotation_under_it(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{RETURN} and {NORWAY}?")

    first, second = reply["text"].split(f"**{NORWAY}?**")
    assert first.startswith(f"**{RETURN}**")
    assert LABEL in first
    assert DAYS not in first
    assert DAYS in second
    titles = [citation["title"] for citation in reply["citations"]]
    assert titles.index("Returns and refunds") < titles.index("Shipping abroad")
    assert all(f"[{citation['n']}]" in reply["text"] for citation in reply["citations"])
    assert (await receipt_of(reply))["understood"]["questions"] == 2


async def test_a_question_that_nothing_answers_is_told_by_itself_and_is_open(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{RETURN}? And {OPERA}?")

    assert LABEL in reply["text"]
    assert reply["text"].endswith(phrase("nothing_about", "en", questions=f"“{OPERA}?”"))
    assert reply["action"] == "offer_handoff"
    assert [gap.question async for gap in Gap.objects.all()] == [f"{OPERA}?"]


async def test_a_polite_opening_is_no_question_of_its_own(chat, shop):
    """Finding H1."""
    async with chat() as ana:
        reply = await ana.ask("Do you happen to know, where do I print the label to send something back?")

    assert reply["text"].count("happen to know") == 0
    assert LABEL in reply["text"]
    assert not await Gap.objects.aexists()
    assert (await receipt_of(reply))["understood"]["questions"] == 1


async def test_a_question_that_is_asked_twice_is_told_once(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{RETURN}? {OPERA}? {OPERA}?")

    assert reply["text"].endswith(phrase("nothing_about", "en", questions=f"“{OPERA}?”"))
    assert [(gap.question, gap.count) async for gap in Gap.objects.all()] == [(f"{OPERA}?", 1)]


async def test_a_question_that_is_asked_twice_is_one_open_question(chat, shop):
    async with chat() as ana:
        await ana.ask(f"{OPERA}? {OPERA}?")

    assert [gap.count async for gap in Gap.objects.all()] == [1]


async def test_a_customer_s_words_stand_in_the_quotation_marks_of_their_language(chat, shop):
    async with chat(locale="de") as ana:
        reply = await ana.ask("Wie lange dauert ein Paket nach Norwegen? Und wer hat in der Oper gesungen?")

    assert "„wer hat in der Oper gesungen?“" in reply["text"]


async def test_questions_that_the_same_passage_answers_get_it_once(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{RETURN}? And where do I print the label to send something back?")

    assert reply["text"].count(LABEL) == 1


async def test_two_questions_that_nothing_answers_are_two_open_questions(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{OPERA}? And which football team won the league in 1987?")

    assert reply["text"] == phrase("unknown", "en")
    assert await Gap.objects.acount() == 2
    assert (await receipt_of(reply))["declined_by"] == "search"


async def test_what_repeats_a_customer_s_own_words_is_kept_for_nobody_else(chat, shop):
    async with chat() as ana:
        await ana.ask(f"{RETURN} and {NORWAY}?")

    assert not await CachedAnswer.objects.aexists()


async def test_words_of_a_customer_come_back_without_marks_and_links(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{RETURN}? And who sang [1] at the **opera** [now](https://evil.example)?")

    assert "“who sang 1 at the opera now ()?”" in reply["text"]


async def test_an_address_in_a_message_is_no_end_of_a_question(chat, shop):
    async with chat() as ana:
        reply = await ana.ask(f"{RETURN}? And who sang at the opera of evil.example?")

    assert LABEL in reply["text"]
    assert "who sang at the opera" in reply["text"]


async def test_a_model_reads_what_was_found_for_each_question(chat, shop, engine, settings):
    """With room for two passages, and more articles about each question than that: one search finds those of one."""
    settings.PASSAGES_MAX = 2
    articles = {
        f"How do I send something back at a {place}?": f"To send something back, bring the label to a {place}."
        for place in ("shop", "kiosk", "post office")
    } | {
        f"How long does a parcel to Norway take in {season}?": f"A parcel to Norway takes longer in {season}."
        for season in ("winter", "summer")
    }
    for title, body in articles.items():
        article = await sync_to_async(publishing.save_draft)(shop, external_id=title[-8:], title=title, body=body)
        await sync_to_async(publishing.publish)(article)
    engine.script = [json.dumps({"text": "Print it [1]. Four days [2].", "action": None})]

    async with chat() as ana:
        await ana.ask(f"{RETURN} and {NORWAY}?")

    read = engine.asked[0].messages[-1].content
    assert "the label" in read
    assert "parcel to Norway takes" in read
    assert len(engine.asked) == 1


# --- no passage twice in a row ---


async def test_a_passage_is_not_told_twice_in_a_row_for_different_questions(chat, shop):
    async with chat() as ana:
        first = await ana.ask("How do I send something back?")
        second = await ana.ask("Where do I print the label to send something back?")

    assert LABEL in first["text"]
    assert LABEL not in second["text"]
    assert second["text"].startswith(phrase("told_before", "en", title="Returns and refunds")[:40])
    assert second["action"] == "offer_handoff"
    assert [citation["title"] for citation in second["citations"]] == ["Returns and refunds"]


async def test_whoever_asks_the_same_again_is_told_the_same_again(chat, shop):
    async with chat() as ana:
        first = await ana.ask("How do I send something back?")
        second = await ana.ask("how do I send something back")

    assert first["text"] == second["text"]


async def test_a_passage_may_be_told_again_after_another_answer(chat, shop):
    async with chat() as ana:
        await ana.ask("How do I send something back?")
        await ana.ask("How long does a parcel to Norway take?")
        third = await ana.ask("Where do I print the label to send something back?")

    assert LABEL in third["text"]


async def test_an_answer_from_the_cache_is_not_told_twice_in_a_row_either(chat, shop):
    async with chat() as bob:
        await bob.ask("Where do I print the label to send something back?")
    async with chat() as ana:
        await ana.ask("How do I send something back?")
        second = await ana.ask("Where do I print the label to send something back?")

    assert LABEL not in second["text"]
