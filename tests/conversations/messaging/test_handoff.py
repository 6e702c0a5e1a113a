"""Handoff to a person and back: who answers in each state."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from conversations.events import stream
from conversations.messaging import handoff
from conversations.models import Conversation, Message
from conversations.replies import recovery

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How do I send something back?"


async def test_a_handoff_is_written_down_before_the_reply_is_told(chat, engine, returns_article):
    async with chat() as ana:
        await ana.ask("Can I talk to a real person please?")
        conversation = await Conversation.objects.aget()

    assert (conversation.status, conversation.status_reason) == ("waiting", "asked")


async def test_a_persons_answer_ends_the_assistants_in_mid_sentence(chat, engine, returns_article, settings):
    settings.REPLY_SAVE_INTERVAL_S = 60  # the end must not wait for the next saving
    engine.script, engine.delay_s = [["word "] * 400], 0.05
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        conversation = await Conversation.objects.aget()
        person = await sync_to_async(handoff.answer_as_person)(conversation, "Hello, this is Rosa.")
        completed = await ana.next("reply.completed")

    told = [event for event in ana.heard if event.get("message", {}).get("id") == str(person.pk)]
    later = [event for event in ana.heard if event["type"] == "reply.delta" and event["seq"] > told[0]["seq"]]
    assert completed["status"] == "stopped"
    assert completed["text"].count("word") < 200
    assert len(later) <= 2  # what was on its way


async def test_a_reply_that_nobody_has_begun_is_not_begun_after_a_person_spoke(chat, engine, returns_article):
    engine.script, engine.delay_s = [["word "] * 400], 0.05
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await ana.say("And how long does the refund take?")
        conversation = await Conversation.objects.aget()
        await sync_to_async(handoff.answer_as_person)(conversation, "Hello, this is Rosa.")
        await ana.next("reply.completed")
        await ana.say("Thank you, Rosa!")
        await asyncio.sleep(0.2)

    statuses = [reply.status async for reply in Message.objects.filter(role="assistant").order_by("seq")]
    assert statuses == ["stopped", "stopped"]
    assert len(engine.asked) == 1


async def test_given_back_the_assistant_answers_again(chat, engine, returns_article):
    async with chat() as ana:
        await ana.ask("Can I talk to a real person please?")
        conversation = await Conversation.objects.aget()
        await sync_to_async(handoff.give_back)(conversation)
        completed = await ana.ask(QUESTION)

    assert completed["status"] == "done"
    assert await Message.objects.filter(role="assistant").acount() == 2
    assert (await stream.find(conversation.pk, type="conversation.updated", status="bot"))["reason"] == "returned"


async def test_what_the_customer_asked_before_it_was_given_back_is_answered(chat, engine, returns_article):
    """findings.md F."""
    engine.script = ["Print the label from your account [1]."]
    async with chat() as ana:
        await ana.ask("Can I talk to a real person please?")
        conversation = await Conversation.objects.aget()
        await ana.say(QUESTION)
        reply = await sync_to_async(handoff.give_back)(conversation)
        await recovery.finish(reply.pk)
        completed = await ana.next("reply.completed")

    assert completed["message_id"] == str(reply.pk)
    assert "Print the label" in completed["text"]


async def test_given_back_after_a_person_answered_nothing_is_written(chat, engine, returns_article):
    async with chat() as ana:
        await ana.ask("Can I talk to a real person please?")
        conversation = await Conversation.objects.aget()
        await ana.say(QUESTION)
        await sync_to_async(handoff.answer_as_person)(conversation, "Hello, this is Rosa.")

        assert await sync_to_async(handoff.give_back)(conversation) is None


async def test_two_bad_ratings_offer_a_person_once(chat, engine, returns_article):
    engine.script = ["Print the label from your account [1].", "Hand it in at any post office [1]."]
    async with chat() as ana:
        first = await ana.ask("How do I send something back?")
        second = await ana.ask("Where do I hand the parcel in to send something back?")
        for completed in (first, second, second):
            await ana.send(type="message.rate", message_id=completed["message_id"], rating="dislike")
        offered = await ana.next("conversation.updated")
        await ana.send(type="conversation.handoff", reason="rated_low")
        waiting = await ana.next("conversation.updated")

    assert (offered["status"], offered["reason"]) == ("bot", "rated_low")
    assert (waiting["status"], waiting["reason"]) == ("waiting", "rated_low")


async def test_a_reason_that_is_none_of_ours_is_that_a_person_was_asked_for(chat, no_engine):
    async with chat() as ana:
        await ana.send(type="conversation.handoff", reason="because")
        waiting = await ana.next("conversation.updated")

    assert waiting["reason"] == "asked"
