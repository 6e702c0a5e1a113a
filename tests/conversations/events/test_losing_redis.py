"""Redis loses all data in the middle of a reply: no message and no reply is lost."""

import pytest

from assistant.redis.client import redis_client
from conversations.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_reply_goes_on_and_the_client_begins_again_from_a_snapshot(chat, engine, returns_article):
    engine.script = [["You ", "have ", "30 ", "days ", "to ", "do ", "it ", "[1]."]]
    engine.delay_s = 0.3

    async with chat() as ana:
        await ana.say("How do I send something back?")
        await ana.next("reply.delta")
        redis_client().flushdb()
        again = await ana.next("session.ready")
        completed = await ana.next("reply.completed")

    assert again["epoch"] != ana.ready["epoch"]
    assert again["messages"][0]["text"] == "How do I send something back?"
    assert completed["text"] == "You have 30 days to do it [1]."
    after = ana.heard[ana.heard.index(again) + 1 :]
    assert [event["seq"] for event in after] == list(range(again["seq"] + 1, completed["seq"] + 1))
    assert await Message.objects.filter(role="assistant", status="done").acount() == 1


async def test_a_client_that_comes_back_after_the_loss_sees_what_was_said(chat, engine, returns_article):
    engine.script = ["You have 30 days [1]."]

    async with chat() as ana:
        await ana.ask("How do I send something back?")
        ready = ana.ready
    redis_client().flushdb()
    async with chat(
        session=ready["session"], conversation=ready["conversation"], epoch=ready["epoch"], after_seq=4
    ) as back:
        assert [message["role"] for message in back.ready["messages"]] == ["customer", "assistant"]
