"""Delivery of events within a process, and when a follower must read Redis nevertheless."""

import asyncio
import uuid
from contextlib import aclosing

import pytest
from channels.layers import get_channel_layer

from assistant.redis.client import async_redis_client
from conversations.events import append, notify, stream
from conversations.events.notify import HANDED_MAX, Subscription


def test_what_is_handed_over_is_taken_once_and_in_its_order():
    woken = Subscription()
    woken.take()  # a new listener looks by itself first
    woken.deliver("first", "second")
    woken.deliver("third")

    assert (woken.take(), woken.take()) == (["first", "second", "third"], [])


def test_a_wake_from_elsewhere_makes_one_look_whatever_was_handed_over():
    woken = Subscription()
    woken.take()
    woken.deliver("ours")
    woken.deliver()

    assert woken.take() == []


def test_who_does_not_take_has_to_look():
    woken = Subscription()
    woken.take()
    for number in range(HANDED_MAX + 1):
        woken.deliver(number)

    assert woken.is_set()
    assert woken.take() == []


async def test_followers_elsewhere_are_woken_once_for_what_happens_together():
    layer = get_channel_layer()
    elsewhere = await layer.new_channel()
    await layer.group_add(notify.EVERYBODY, elsewhere)
    async with notify.listening("ana"), notify.listening("bob"):
        for key in ("ana", "ana", "bob"):
            await notify.wake(key, "what happened")

    assert sorted((await layer.receive(elsewhere))["keys"]) == ["ana", "bob"]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(layer.receive(elsewhere), 4 * notify.TOGETHER_S)


async def test_a_loop_that_ends_wakes_followers_elsewhere_before():
    layer = get_channel_layer()
    elsewhere = await layer.new_channel()
    await layer.group_add(notify.EVERYBODY, elsewhere)
    async with notify.listening("ana"):
        await notify.wake("ana", "what happened")
    await notify.all_woken()

    assert (await asyncio.wait_for(layer.receive(elsewhere), 5))["keys"] == ["ana"]


@pytest.mark.timing
async def test_what_happens_while_others_are_being_woken_is_told_them_next():
    layer = get_channel_layer()
    elsewhere = await layer.new_channel()
    await layer.group_add(notify.EVERYBODY, elsewhere)
    async with notify.listening("ana"), notify.listening("bob"):
        await layer.group_send(notify.EVERYBODY, {"type": "look", "keys": [], "from": "elsewhere"})  # the line is open
        await layer.receive(elsewhere)
        await async_redis_client().client_pause(500)
        await notify.wake("ana", "what happened")
        await asyncio.sleep(4 * notify.TOGETHER_S)  # the message about ana is on its way, and does not arrive
        await notify.wake("bob", "what happened")

        told = [await asyncio.wait_for(layer.receive(elsewhere), 5) for _ in range(2)]

    assert [each["keys"] for each in told] == [["ana"], ["bob"]]


async def test_a_wake_from_another_process_reaches_its_followers_and_nobody_else():
    async with notify.listening("ana") as ana, notify.listening("bob") as bob:
        for woken in (ana, bob):
            woken.take()
        await get_channel_layer().group_send(notify.EVERYBODY, {"type": "look", "keys": ["ana"], "from": "elsewhere"})
        await asyncio.wait_for(ana.wait(), 10)

        assert not bob.is_set()


async def test_an_event_of_another_process_is_told_before_the_one_handed_over_after_it():
    conversation = uuid.uuid4()
    start = await stream.place(conversation)
    async with aclosing(stream.follow(conversation, start)) as followed:
        await stream.apublish(conversation, "typing")
        told = [(await anext(followed))["seq"]]
        await append.aappend(conversation, ['{"type": "typing"}'])  # whose wake was lost
        await stream.apublish(conversation, "typing")
        told += [(await anext(followed))["seq"] for _ in range(2)]

    assert told == [1, 2, 3]


async def test_a_follower_that_was_away_for_many_events_misses_none():
    conversation = uuid.uuid4()
    start = await stream.place(conversation)
    async with aclosing(stream.follow(conversation, start)) as followed:
        await stream.apublish(conversation, "typing")
        told = [(await anext(followed))["seq"]]
        for _ in range(2 * HANDED_MAX):
            await stream.apublish(conversation, "typing")
        told += [(await anext(followed))["seq"] for _ in range(2 * HANDED_MAX)]

    assert told == list(range(1, 2 * HANDED_MAX + 2))


async def test_an_epoch_that_ended_is_noticed_though_events_are_handed_over():
    conversation = uuid.uuid4()
    start = await stream.place(conversation)
    async with aclosing(stream.follow(conversation, start)) as followed:
        await stream.apublish(conversation, "typing")
        await anext(followed)
        await async_redis_client().delete(*stream.keys(conversation))
        await stream.apublish(conversation, "typing")
        with pytest.raises(stream.EpochGone):
            await anext(followed)


@pytest.mark.timing
async def test_who_comes_in_while_it_is_looked_is_not_forgotten_for_another_round(settings):
    settings.SOCKET_POLL_INTERVAL_S = 4.0
    ana, bob = uuid.uuid4(), uuid.uuid4()
    async with aclosing(stream.follow(ana, await stream.place(ana))) as first:
        of_ana = asyncio.create_task(anext(first))
        await asyncio.sleep(0.2)  # the round has begun with ana alone
        async with aclosing(stream.follow(bob, await stream.place(bob))) as second:
            of_bob = asyncio.create_task(anext(second))
            await asyncio.sleep(0.2)
            await append.aappend(bob, ['{"type": "typing"}'])  # whose wake was lost

            assert (await asyncio.wait_for(of_bob, 6))["type"] == "typing"
        of_ana.cancel()
        await asyncio.wait({of_ana})
