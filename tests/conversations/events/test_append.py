"""Concurrent appends are sent in one command, and each caller gets the place of its own events."""

import asyncio
import uuid

import pytest
from redis.exceptions import RedisError

from assistant.redis.client import async_redis_client
from conversations.events import append, stream
from conversations.events.append import Place


async def texts(conversation: uuid.UUID, epoch: str) -> list[str]:
    return [event["text"] for event in await stream.read(conversation, Place(epoch, 0))]


async def test_what_many_conversations_are_told_at_once_goes_with_one_command(monkeypatch):
    many, client, sent = [uuid.uuid4() for _ in range(40)], async_redis_client(), []
    to_redis = client.eval

    async def watched(*command):
        sent.append(command)
        return await to_redis(*command)

    monkeypatch.setattr(client, "eval", watched)

    places = await asyncio.gather(*(append.aappend(each, [f'{{"text": "{each}"}}']) for each in many))

    assert len(sent) == 1
    assert [place.seq for place in places] == [1] * 40
    for each, place in zip(many, places, strict=True):
        assert await texts(each, place.epoch) == [str(each)]


async def test_of_one_conversation_each_teller_hears_the_place_of_its_own():
    ana = uuid.uuid4()
    told = [[f'{{"text": "{teller}{n}"}}' for n in range(teller)] for teller in (1, 3, 2)]

    places = await asyncio.gather(*(append.aappend(ana, each) for each in told))

    assert [place.seq for place in places] == [1, 2, 5]
    assert len({place.epoch for place in places}) == 1
    assert await texts(ana, places[0].epoch) == ["10", "30", "31", "32", "20", "21"]


async def test_what_is_sent_again_on_a_line_made_anew_stands_there_once():
    ana, bob = uuid.uuid4(), uuid.uuid4()
    first = await append.aappend(ana, ['{"text": "a"}', '{"text": "b"}'])
    again, new = await asyncio.gather(
        append.aappend(ana, ['{"text": "a"}', '{"text": "b"}']), append.aappend(bob, ['{"text": "c"}'])
    )

    assert again == first
    assert await texts(ana, first.epoch) == ["a", "b"]
    assert await texts(bob, new.epoch) == ["c"]


async def test_where_redis_takes_nothing_every_teller_hears_it():
    ana, bob = uuid.uuid4(), uuid.uuid4()
    await async_redis_client().set(append.keys(ana)[0], "no stream")
    await async_redis_client().set(append.keys(ana)[1], "an epoch")

    told = await asyncio.gather(
        append.aappend(ana, ['{"text": "a"}']), append.aappend(bob, ['{"text": "b"}']), return_exceptions=True
    )

    assert all(isinstance(error, RedisError) for error in told)
    with pytest.raises(RedisError):
        await append.aappend(ana, ['{"text": "a"}'])
    assert (await append.aappend(bob, ['{"text": "b"}'])).seq == 1
