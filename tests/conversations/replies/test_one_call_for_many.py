"""Many identical questions at once: one model call, and nobody sees a word that is not for sharing (finding A3)."""

import asyncio
from datetime import datetime

import pytest

from assistant.llm import prompts
from caching import single_flight
from caching.models import CachedAnswer
from caching.scope import Scope
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


def kinds(heard: list[dict]) -> list[str]:
    return [event["type"] for event in heard]


def shown(heard: list[dict]) -> str:
    """Every word of an answer that a client was ever sent."""
    return " ".join(event.get("text", "") for event in heard)


async def sources() -> list[str]:
    answered = Message.objects.filter(role="assistant").exclude(receipt=None).order_by("created_at")
    return [message.receipt["source"] async for message in answered]


async def test_a_follower_is_shown_nothing_before_the_cache_has_taken_the_answer(chat, engine, returns_article):
    engine.script = [["You have ", "30 ", "days ", "to ", "return it ", "[1]."]]
    engine.delay_s = 0.2

    async with chat() as ana, chat() as bob:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        completed = await bob.ask(QUESTION)

    taken_at = (await CachedAnswer.objects.aget()).created_at
    deltas = [event for event in bob.heard if event["type"] == "reply.delta"]
    assert completed["text"] == "You have 30 days to return it [1]."
    assert len(deltas) > 1
    assert all(datetime.fromisoformat(event["at"]) > taken_at for event in deltas)
    assert await sources() == ["model", "shared_call"]


async def test_a_follower_is_never_shown_an_answer_that_is_not_for_sharing(chat, engine, returns_article):
    engine.script = [["Dear Trillian, ", "your order ", "is 48231 ", "[1]."], "You have 30 days [1]."]
    engine.delay_s = 0.2

    async with chat() as ana, chat() as bob:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        completed = await bob.ask(QUESTION)
        await ana.next("reply.completed")

    assert completed["text"] == "You have 30 days [1]."
    assert "Trillian" not in shown(bob.heard)
    assert "48231" not in shown(bob.heard)
    assert "reply.restarted" not in kinds(bob.heard)
    assert await sources() == ["model", "model"]


async def test_where_the_cache_refuses_an_answer_all_who_waited_write_at_once(chat, engine, returns_article):
    engine.script = ["Your order is 48231 [1]."]
    engine.delay_s = 0.5

    async def asks() -> None:
        async with chat() as customer:
            await customer.ask(QUESTION)

    await asyncio.gather(*(asks() for _ in range(6)))

    assert len(engine.asked) == 6
    assert await sources() == ["model"] * 6


async def test_a_follower_asks_for_itself_when_the_leader_is_stopped(chat, engine, returns_article):
    engine.script = [["no ", "answer ", "at ", "all ", "yet "], "You have 30 days [1]."]
    engine.delay_s = 0.5

    async with chat() as ana, chat() as bob:
        await ana.say(QUESTION)
        begun = await ana.next("reply.delta")
        await bob.say(QUESTION)
        await bob.next("reply.started")
        await ana.send(type="reply.stop", message_id=begun["message_id"])
        await ana.next("reply.completed")
        completed = await bob.next("reply.completed")

    assert completed["text"] == "You have 30 days [1]."
    assert "no answer" not in shown(bob.heard)
    assert len(engine.asked) == 2


@pytest.fixture
def led_elsewhere(workspace):
    """Somebody leads for the question: a reply of another process, which may be dead."""

    async def lead(reply_id: str) -> single_flight.Lease:
        scope = Scope(workspace.pk, "en", "public", prompts.release(workspace))
        return await single_flight.take(single_flight.name_of(scope, QUESTION), reply_id)

    return lead


async def test_a_follower_leads_itself_once_its_leader_has_died(chat, engine, returns_article, led_elsewhere, settings):
    settings.CACHE_LEAD_LEASE_S = 0.3
    engine.script = ["You have 30 days [1]."]
    await led_elsewhere("of a dead process")

    async with chat() as bob:
        completed = await bob.ask(QUESTION)

    assert completed["text"] == "You have 30 days [1]."
    assert await CachedAnswer.objects.acount() == 1


async def test_a_follower_waits_only_so_long_for_a_slow_leader(chat, engine, returns_article, led_elsewhere, settings):
    settings.CACHE_FOLLOW_WAIT_S = 0.2
    engine.script = ["You have 30 days [1]."]
    await led_elsewhere("of somebody who is slow")

    async with chat() as bob:
        completed = await bob.ask(QUESTION)

    assert completed["text"] == "You have 30 days [1]."
