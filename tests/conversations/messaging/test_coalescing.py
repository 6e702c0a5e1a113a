"""Messages in quick succession get one answer; later ones get their own."""

import asyncio
import uuid

import pytest

from conversations.messaging import coalescing
from conversations.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _a_breath(settings):
    settings.MESSAGE_COALESCING_S = 60  # however slow the machine
    settings.REPLY_SAVE_INTERVAL_S = 0.2


async def said(*roles):
    return [message.text async for message in Message.objects.filter(role__in=roles).order_by("seq")]


async def test_three_fragments_get_one_answer(chat, engine, returns_article):
    engine.script = ["Print the label from your account [1]."]
    async with chat() as ana:
        for text in ("hi", "my parcel", "send it back?"):
            await ana.say(text)
        completed = await ana.next("reply.completed")

    assert await said("customer") == ["hi", "my parcel", "send it back?"]
    assert await said("assistant") == [completed["text"]]
    assert len(engine.asked) == 1
    assert "hi my parcel send it back?" in engine.asked[0].messages[-1].content
    newest = await Message.objects.select_related("in_reply_to").aget(role="assistant")
    assert (newest.seq, newest.in_reply_to.text) == (4, "send it back?")


async def test_fragments_sent_without_waiting_get_one_answer(chat, engine, returns_article):
    engine.script = ["Print the label from your account [1]."]
    async with chat() as ana:
        for text in ("hi", "my parcel", "send it back?"):
            await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text=text)
        await ana.next("reply.completed")

    assert len(await said("assistant")) == len(engine.asked) == 1


async def test_an_answer_already_begun_is_begun_anew_with_the_whole_question(chat, engine, returns_article):
    engine.script = [["You ", "have "] * 100, "Print the label from your account [1]."]
    engine.delay_s = 0.05
    async with chat() as ana, chat(session=ana.ready["session"], conversation=ana.ready["conversation"]) as tab:
        await ana.say("How do I send something back?")
        await ana.next("reply.delta")
        await ana.say("In its packaging.")
        completed = await ana.next("reply.completed")
        await tab.next("reply.completed")

    assert [event["type"] for event in ana.heard].count("reply.restarted") == 1
    assert await said("assistant") == [completed["text"]] == ["Print the label from your account [1]."]
    assert "How do I send something back? In its packaging." in engine.asked[-1].messages[-1].content
    told = [event for event in ana.heard[1:] if event["type"] not in ("message.accepted", "error")]
    assert told == [event for event in tab.heard[1:] if event["type"] != "message.created"]
    assert [event["seq"] for event in tab.heard[1:]] == list(range(1, len(tab.heard)))


async def test_a_message_later_than_a_breath_waits_for_the_answer_before_it(chat, engine, returns_article, settings):
    settings.MESSAGE_COALESCING_S = 0.1
    engine.script, engine.delay_s = [["You ", "have ", "30 ", "days ", "[1]."], "Print the label [1]."], 0.2
    async with chat() as ana:
        await ana.say("How many days do I have to return something?")
        await ana.next("reply.delta")
        await asyncio.sleep(0.2)
        await ana.say("How do I send something back?")
        first = await ana.next("reply.completed")
        second = await ana.next("reply.completed")

    assert await said("assistant") == [first["text"], second["text"]]


async def test_a_fragment_alone_is_answered_after_a_breath(chat, engine, returns_article, settings):
    settings.MESSAGE_COALESCING_S = 0.2
    async with chat() as ana:
        completed = await ana.ask("hi")

    assert completed["status"] == "done"


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("hi", True),
        ("Hello!", True),
        ("my order", True),
        ("is late", True),
        ("Refunds?", False),
        ("thanks.", False),
        ("how long does the refund take", False),
        ("", False),
    ],
)
def test_what_reads_as_unfinished(text, unfinished):
    assert coalescing.looks_unfinished(text) is unfinished
