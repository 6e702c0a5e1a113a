"""Issue 18: with a large model nothing is declined that it could judge."""

import json

import pytest

from assistant.llm.engines.base import EngineUnavailable
from caching.models import CachedAnswer
from conversations.canned_responses import phrase
from conversations.models import Conversation, Message
from knowledge.models import Gap

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How do I send something back?"
FAR = "Which football team won the league in 1987?"
UPSET = "this is outrageous, your return label is the worst"


def said(text: str, action: str | None = None) -> str:
    return json.dumps({"text": text, "action": action})


@pytest.fixture
def doubtful(workspace, engine, returns_article):
    """Search declines whatever is asked, and a large model is there to judge what it found."""
    workspace.confidence_min = 1.0
    workspace.save()
    return engine


async def receipt_of(reply: dict) -> dict:
    return (await Message.objects.aget(pk=reply["message_id"])).receipt


async def test_a_large_model_answers_what_search_alone_declines(chat, doubtful):
    doubtful.script = [said("Print the label from your account [1].")]

    async with chat() as ana:
        reply = await ana.ask(QUESTION)

    assert reply["text"] == "Print the label from your account [1]."
    assert "Print the label" in doubtful.asked[0].messages[-1].content
    assert (await receipt_of(reply))["declined_by"] is None
    assert not await Gap.objects.aexists()


async def test_what_is_far_from_everything_never_reaches_the_model(chat, doubtful):
    async with chat() as ana:
        reply = await ana.ask(FAR)

    assert doubtful.asked == []
    assert reply["text"] == phrase("unknown", "en")
    assert (await receipt_of(reply))["declined_by"] == "search"


async def test_a_question_that_the_model_cannot_answer_is_open_and_a_person_is_offered(chat, doubtful):
    doubtful.script = [said("I do not have this information.", "offer_handoff")]

    async with chat() as ana:
        reply = await ana.ask(QUESTION)

    assert reply["action"] == "offer_handoff"
    assert [gap.question async for gap in Gap.objects.all()] == [QUESTION]
    assert (await receipt_of(reply))["declined_by"] == "model"
    assert not await CachedAnswer.objects.aexists()


async def test_an_answer_with_a_source_that_offers_a_person_is_no_open_question(chat, doubtful):
    doubtful.script = [said("Print the label from your account [1].", "offer_handoff")]

    async with chat() as ana:
        reply = await ana.ask(QUESTION)

    assert not await Gap.objects.aexists()
    assert (await receipt_of(reply))["declined_by"] is None


async def test_without_the_model_search_declines_after_all(chat, doubtful):
    doubtful.script = [EngineUnavailable("away")]

    async with chat() as ana:
        reply = await ana.ask(QUESTION)

    assert reply["text"] == phrase("unknown", "en")
    assert await Gap.objects.acount() == 1
    assert (await receipt_of(reply))["declined_by"] == "search"


async def test_without_a_large_model_search_declines(chat, workspace, no_engine, returns_article):
    workspace.confidence_min = 1.0
    await workspace.asave()

    async with chat() as ana:
        reply = await ana.ask(QUESTION)

    assert reply["text"] == phrase("unknown", "en")
    assert (await receipt_of(reply))["declined_by"] == "search"


async def test_a_stranger_beyond_the_cap_is_told_that_nothing_was_found(chat, doubtful, settings):
    settings.ANONYMOUS_REPLIES_PER_DAY = 1
    doubtful.script = [said("I do not have this information.", "offer_handoff")]

    async with chat() as ana:
        await ana.ask(QUESTION)
    async with chat() as bob:
        reply = await bob.ask(QUESTION)

    assert len(doubtful.asked) == 1
    assert reply["text"] == phrase("unknown", "en")


async def test_a_complaint_that_the_model_cannot_answer_goes_to_a_person(chat, doubtful, workspace):
    doubtful.script = [said("I am sorry.", "offer_handoff")]

    async with chat() as ana:
        await ana.ask(UPSET)
        await ana.next("conversation.updated")

    conversation = await Conversation.objects.aget()
    assert (conversation.status, conversation.status_reason) == ("waiting", "complaint")
    assert len(doubtful.asked) == 1
