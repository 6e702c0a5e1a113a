"""A process is killed between a commit and its event: who follows the conversation is told all the same."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from assistant.redis.client import redis_client
from conversations import tasks
from conversations.events import pending
from conversations.events.append import PROMISES
from conversations.messaging import handoff, leases, store
from conversations.messaging.leases import Closing
from conversations.models import Conversation, Message
from conversations.replies import runner

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How do I send something back?"
mend = sync_to_async(tasks.mend_gaps)


async def killed_after_its_commit(answer: str) -> None:
    """Leave what a process leaves that stored its reply and did not live to tell of it."""
    for running in runner._running.values():
        running.task.cancel()
    await runner.all_done()
    written = await Message.objects.aget(role="assistant")
    assert await leases.aclose(written, Closing(Message.Status.DONE, answer))


async def test_an_answer_that_was_stored_and_not_told_comes_with_a_snapshot(chat, engine, returns_article):
    engine.script = [["You ", "have ", "30 ", "days ", "to ", "do ", "it ", "[1]."]]
    engine.delay_s = 0.3
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await killed_after_its_commit("You have 30 days to do it [1].")
        await mend()
        again = await ana.next("session.ready")

    assert [said["text"] for said in again["messages"]] == [QUESTION, "You have 30 days to do it [1]."]
    assert again["epoch"] != ana.ready["epoch"]
    assert not redis_client().exists(PROMISES)


async def test_a_reply_that_is_still_written_is_left_alone(chat, engine, returns_article):
    engine.script = [["You ", "have ", "30 ", "days ", "[1]."]]
    engine.delay_s = 0.3
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        assert redis_client().exists(PROMISES)
        await mend()
        await ana.next("reply.completed")
        await mend()

    assert [event["type"] for event in ana.heard].count("session.ready") == 1
    assert not redis_client().exists(PROMISES)


async def test_a_message_that_is_sent_again_promises_no_answer_that_is_there(chat, engine, returns_article):
    engine.script = ["You have 30 days [1]."]
    ref = uuid.uuid4()
    async with chat() as ana:
        await ana.say(QUESTION, ref)
        await ana.next("reply.completed")
        redis_client().flushdb()  # the event of it is lost, so it is told again
        await ana.say(QUESTION, ref)

        assert not redis_client().exists(PROMISES)
    assert await Message.objects.filter(role="customer").acount() == 1


async def test_what_a_person_said_and_nobody_told_comes_with_a_snapshot(chat, engine, returns_article):
    engine.script = ["You have 30 days [1]."]
    async with chat() as ana:
        await ana.ask(QUESTION)
        conversation = await Conversation.objects.aget()
        await sync_to_async(pending.note)(pending.for_person(conversation))
        await sync_to_async(store.say_as_person)(conversation, "It is Rosa, I look into it.")
        await mend()
        again = await ana.next("session.ready")

    assert again["messages"][-1]["text"] == "It is Rosa, I look into it."


async def test_nothing_stays_promised_when_a_person_has_spoken(chat, engine, returns_article):
    engine.script = ["You have 30 days [1]."]
    async with chat() as ana:
        await ana.ask(QUESTION)
        conversation = await Conversation.objects.aget()
        await sync_to_async(handoff.answer_as_person)(conversation, "It is Rosa, I look into it.")
        await ana.next("conversation.updated")
        await mend()

    assert [event["type"] for event in ana.heard].count("session.ready") == 1
    assert not redis_client().exists(PROMISES)
