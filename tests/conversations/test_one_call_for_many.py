"""Many identical questions at once: one model call, and everybody sees the answer being written."""

import asyncio

import pytest

from conversations.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I send something back?"


async def test_twenty_customers_who_ask_the_same_at_once_cost_one_call(chat, engine, returns_article):
    engine.script = [["You have ", "30 ", "days ", "[1]."]]
    engine.delay_s = 0.5

    async def asks() -> tuple[dict, list[dict]]:
        async with chat() as customer:
            return await customer.ask(QUESTION), customer.heard

    told = await asyncio.gather(*(asks() for _ in range(20)))

    assert len(engine.asked) == 1
    assert {completed["text"] for completed, _ in told} == {"You have 30 days [1]."}
    assert all(completed["citations"] for completed, _ in told)
    assert all(any(event["type"] == "reply.delta" for event in heard) for _, heard in told)
    sources = [m.receipt["source"] async for m in Message.objects.filter(role="assistant")]
    assert sources.count("model") == 1
    assert set(sources) == {"model", "shared_call"}


async def test_a_follower_asks_for_itself_when_the_leader_is_stopped(chat, engine, returns_article):
    engine.script = [["no ", "answer ", "at ", "all ", "yet "], "You have 30 days [1]."]
    engine.delay_s = 0.5

    async with chat() as ana, chat() as bob:
        await ana.say(QUESTION)
        begun = await ana.next("reply.delta")
        await bob.say(QUESTION)
        await bob.next("reply.delta")
        await ana.send(type="reply.stop", message_id=begun["message_id"])
        await ana.next("reply.completed")
        await bob.next("reply.restarted")
        completed = await bob.next("reply.completed")

    assert completed["text"] == "You have 30 days [1]."
    assert len(engine.asked) == 2
