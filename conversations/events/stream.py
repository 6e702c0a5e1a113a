"""Numbered events of a conversation: published once, replayed from a number on.

A Redis stream per conversation holds them as 1, 2, 3 ... without a gap. The `epoch` names one life
of that stream: when Redis lost it, or cut off what a client still needs, the client is told so and
begins again from a snapshot of Postgres. Channels only says "look"; what it did not say is found by looking.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import orjson
from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from assistant import safe_json, tombstones
from assistant.errors import NotFound
from assistant.redis.client import async_redis_client
from conversations.events import append, notify, poller, relay
from conversations.events.append import Place, keys
from conversations.models import ConversationEvent

log = logging.getLogger(__name__)

# KEYS: stream, epoch and tombstone of a conversation. ARGV: an epoch for one that has none, seconds kept.
PLACE = """
if redis.call('EXISTS', KEYS[3]) == 1 then return false end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2], 'NX')
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
return {redis.call('GET', KEYS[2]), last[1] and string.match(last[1][1], '^%d+') or '0'}
"""
READ_AT_ONCE = 50  # so much of a reply is held for each who does not read it


class EpochGone(Exception):
    """The events asked for are no longer there: begin again from a snapshot."""


async def apublish(conversation_id: uuid.UUID | str, kind: str, **fields: Any) -> Place | None:
    """Append one event and wake its followers. Return its place; None when Redis is down, or the conversation erased.

    A reply goes on without Redis: what lasts is in Postgres, and clients come to a snapshot once it is back.
    """
    return await apublish_all(conversation_id, (kind, fields))


async def apublish_all(
    conversation_id: uuid.UUID | str,
    *told: tuple[str, dict[str, Any]],
    rows: Sequence[ConversationEvent] = (),
    soon: bool = False,
) -> Place | None:
    """The same for several, (kind, fields) each, that follow one another at once. Return the place of the first.

    `rows` are those that `Accepted` and others bring from the transaction; for `soon` see `notify.wake`.
    """
    row_of = {row.kind: row for row in rows}
    events = [_event(kind, fields, row_of.get(kind)) for kind, fields in told]
    written = [_written(event) for event in events]
    try:
        first = await append.aappend(conversation_id, written)
    except (RedisError, OSError) as error:
        log.warning("events of %s are not published: %s", conversation_id, error)
        if rows:
            relay.here().retry_soon()
        return None
    relay.here().delete_soon(rows)
    if not first.epoch:  # erased: it has no followers any more
        return None
    await notify.wake(str(conversation_id), *_handed(conversation_id, first, events), soon=soon)
    return first


def publish(row: ConversationEvent, **fields: Any) -> None:
    """Publish one durable event from synchronous code: views, tasks and the admin. Call it after the commit."""
    try:
        place = append.append(row.conversation_id, [_written(_event(row.kind, fields, row))])
    except (RedisError, OSError) as error:
        log.warning("%s is not published: %s", row, error)
        return
    if place.epoch:
        async_to_sync(notify.wake)(str(row.conversation_id))
    relay.delete([row.pk])


def _event(kind: str, fields: dict[str, Any], row: ConversationEvent | None) -> dict[str, Any]:
    at = row.created_at if row else timezone.now()
    return {"type": kind, "at": at.isoformat(), **fields}


def _placed(event: dict[str, Any], conversation_id: uuid.UUID | str, seq: int) -> dict[str, Any]:
    return {**event, "conversation": str(conversation_id), "seq": seq}


def _handed(
    conversation_id: uuid.UUID | str, first: Place, events: list[dict[str, Any]]
) -> Iterator[tuple[Place, dict[str, Any]]]:
    for seq, event in enumerate(events, start=first.seq):
        yield Place(first.epoch, seq), _placed(event, conversation_id, seq)


def _written(event: dict[str, Any]) -> str:
    return safe_json.dumps(event).decode()


async def place(conversation_id: uuid.UUID | str) -> Place:
    """The newest place of a conversation; its epoch begins here if it had none.

    Raises:
        NotFound: it was erased.
    """
    named = (*keys(conversation_id), tombstones.key(conversation_id))
    found = await async_redis_client().eval(PLACE, 3, *named, uuid.uuid4().hex, settings.EVENTS_TTL_S)
    if found is None:
        raise NotFound
    return Place(found[0], int(found[1]))


async def read(conversation_id: uuid.UUID | str, after: Place, count: int = READ_AT_ONCE) -> list[dict[str, Any]]:
    """Up to `count` events after a place, in order.

    Raises:
        EpochGone: the stream began anew, or no longer reaches back that far.
    """
    stream, epoch = keys(conversation_id)
    async with async_redis_client().pipeline(transaction=True) as pipe:
        pipe.get(epoch)
        pipe.xrange(stream, min=f"({after.seq}-0" if after.seq else "-", count=count)
        pipe.xrevrange(stream, count=1)
        now, entries, newest = await pipe.execute()
    newest_seq = _seq(newest[0][0]) if newest else 0
    if now != after.epoch or newest_seq < after.seq or (entries and _seq(entries[0][0]) != after.seq + 1):
        raise EpochGone
    return [_placed(orjson.loads(fields["event"]), conversation_id, _seq(entry)) for entry, fields in entries]


async def find(conversation_id: uuid.UUID | str, **wanted: Any) -> dict[str, Any] | None:
    """The newest event with these fields that is still kept."""
    stream, end = keys(conversation_id)[0], "+"
    while entries := await async_redis_client().xrevrange(stream, max=end, count=200):
        for entry, fields in entries:
            event = orjson.loads(fields["event"])
            if all(event.get(name) == value for name, value in wanted.items()):
                return _placed(event, conversation_id, _seq(entry))
        end = f"({entries[-1][0]}"
    return None


async def follow(conversation_id: uuid.UUID | str, after: Place) -> AsyncGenerator[dict[str, Any], None]:
    """Yield every event after a place, for ever. Use it under `aclosing`.

    Raises:
        EpochGone: see `read`.
    """
    async with notify.listening(str(conversation_id)) as woken:
        poller.start_polling()
        while True:
            events = _next_in_line(after, woken.take())
            try:
                events = events or await read(conversation_id, after)
            except (RedisError, OSError):
                await asyncio.sleep(1)  # Redis is away; the socket stays and looks again
                continue
            for event in events:
                yield event
                after = Place(after.epoch, event["seq"])
            if len(events) < READ_AT_ONCE:
                woken.stands_at = after
                await woken.wait()


def _next_in_line(after: Place, handed: list[tuple[Place, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The events handed over, where they follow a place without a gap; else none of them, for Redis has them all."""
    new = [(place, event) for place, event in handed if place.epoch != after.epoch or place.seq > after.seq]
    in_line = all(place == (after.epoch, after.seq + n) for n, (place, _) in enumerate(new, start=1))
    return [event for _, event in new] if in_line else []


def _seq(entry: str) -> int:
    return int(entry.split("-", 1)[0])
