"""Numbered events of a conversation: published once, replayed from any number.

A Redis stream per conversation stores them as 1, 2, 3 ... without gaps. Every stream has an `epoch`, a random id: if
Redis loses the stream, or has trimmed events that a client still needs, the client restarts from a snapshot of
Postgres. Channels is only used to wake followers; events whose wake is lost are found by polling.
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

# KEYS: stream, epoch and tombstone of a conversation. ARGV: an epoch if it has none, seconds to keep it.
PLACE = """
if redis.call('EXISTS', KEYS[3]) == 1 then return false end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2], 'NX')
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
return {redis.call('GET', KEYS[2]), last[1] and string.match(last[1][1], '^%d+') or '0'}
"""
READ_AT_ONCE = 50  # bounds the events in memory per follower that does not read


class EpochGone(Exception):
    """The requested events no longer exist: restart from a snapshot."""


async def apublish(conversation_id: uuid.UUID | str, kind: str, **fields: Any) -> Place | None:
    """Append one event and wake its followers. Returns its place; None if Redis is down or the conversation erased.

    A reply continues without Redis: it is stored in Postgres, and clients load a snapshot once Redis is back.
    """
    return await apublish_all(conversation_id, (kind, fields))


async def apublish_all(
    conversation_id: uuid.UUID | str,
    *events: tuple[str, dict[str, Any]],
    rows: Sequence[ConversationEvent] = (),
    soon: bool = False,
) -> Place | None:
    """Append several events, (kind, fields) each, with consecutive numbers. Returns the place of the first, or None.

    `rows` are the outbox rows of these events, written by the transaction, such as `Accepted.events`. For `soon` see
    `notify.wake`.
    """
    row_of = {row.kind: row for row in rows}
    payloads = [_event(kind, fields, row_of.get(kind)) for kind, fields in events]
    try:
        first = await append.aappend(conversation_id, [_serialised(payload) for payload in payloads])
    except (RedisError, OSError) as error:
        log.warning("cannot publish events of %s: %s", conversation_id, error)
        if rows:
            relay.here().retry_soon()
        return None
    relay.here().delete_soon(rows)
    if not first.epoch:  # the conversation was erased and has no followers
        return None
    await notify.wake(str(conversation_id), *_numbered(conversation_id, first, payloads), soon=soon)
    return first


def publish(row: ConversationEvent, **fields: Any) -> None:
    """Publish one durable event from synchronous code: views, tasks and the admin. Call it after the commit."""
    try:
        place = append.append(row.conversation_id, [_serialised(_event(row.kind, fields, row))])
    except (RedisError, OSError) as error:
        log.warning("cannot publish %s: %s", row, error)
        return
    if place.epoch:
        async_to_sync(notify.wake)(str(row.conversation_id))
    relay.delete([row.pk])


def _event(kind: str, fields: dict[str, Any], row: ConversationEvent | None) -> dict[str, Any]:
    at = row.created_at if row else timezone.now()
    return {"type": kind, "at": at.isoformat(), **fields}


def _placed(event: dict[str, Any], conversation_id: uuid.UUID | str, seq: int) -> dict[str, Any]:
    return {**event, "conversation": str(conversation_id), "seq": seq}


def _numbered(
    conversation_id: uuid.UUID | str, first: Place, events: list[dict[str, Any]]
) -> Iterator[tuple[Place, dict[str, Any]]]:
    for seq, event in enumerate(events, start=first.seq):
        yield Place(first.epoch, seq), _placed(event, conversation_id, seq)


def _serialised(event: dict[str, Any]) -> str:
    return safe_json.dumps(event).decode()


async def place(conversation_id: uuid.UUID | str) -> Place:
    """Return the place of a conversation's newest event, and create an epoch if it has none.

    Raises:
        NotFound: the conversation was erased.
        RedisError, OSError: Redis is down.
    """
    redis_keys = (*keys(conversation_id), tombstones.key(conversation_id))
    result = await async_redis_client().eval(PLACE, 3, *redis_keys, uuid.uuid4().hex, settings.EVENTS_TTL_S)
    if result is None:
        raise NotFound
    return Place(result[0], int(result[1]))


async def read(conversation_id: uuid.UUID | str, after: Place, count: int = READ_AT_ONCE) -> list[dict[str, Any]]:
    """Return up to `count` events after a place, in order.

    Raises:
        EpochGone: the stream has a new epoch, or these events were trimmed.
        RedisError, OSError: Redis is down.
    """
    stream, epoch = keys(conversation_id)
    async with async_redis_client().pipeline(transaction=True) as pipe:
        pipe.get(epoch)
        pipe.xrange(stream, min=f"({after.seq}-0" if after.seq else "-", count=count)
        pipe.xrevrange(stream, count=1)
        current_epoch, entries, newest = await pipe.execute()
    newest_seq = _seq(newest[0][0]) if newest else 0
    if current_epoch != after.epoch or newest_seq < after.seq or (entries and _seq(entries[0][0]) != after.seq + 1):
        raise EpochGone
    return [_placed(orjson.loads(fields["event"]), conversation_id, _seq(entry)) for entry, fields in entries]


async def find(conversation_id: uuid.UUID | str, **wanted: Any) -> dict[str, Any] | None:
    """Return the newest stored event with these fields, or None."""
    stream, end = keys(conversation_id)[0], "+"
    while entries := await async_redis_client().xrevrange(stream, max=end, count=200):
        for entry, fields in entries:
            event = orjson.loads(fields["event"])
            if all(event.get(name) == value for name, value in wanted.items()):
                return _placed(event, conversation_id, _seq(entry))
        end = f"({entries[-1][0]}"
    return None


async def follow(conversation_id: uuid.UUID | str, after: Place) -> AsyncGenerator[dict[str, Any], None]:
    """Yield every event after a place, without end. Use it with `aclosing`.

    Raises:
        EpochGone: see `read`.
    """
    async with notify.listening(str(conversation_id)) as subscription:
        poller.start_polling()
        while True:
            events = _consecutive(after, subscription.take())
            try:
                events = events or await read(conversation_id, after)
            except (RedisError, OSError):
                await asyncio.sleep(1)  # Redis is down; the socket stays open and tries again
                continue
            for event in events:
                yield event
                after = Place(after.epoch, event["seq"])
            if len(events) < READ_AT_ONCE:
                subscription.position = after
                await subscription.wait()


def _consecutive(after: Place, buffered: list[tuple[Place, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the buffered events if they follow `after` without a gap; else none, and Redis must be read."""
    new = [(place, event) for place, event in buffered if place.epoch != after.epoch or place.seq > after.seq]
    no_gap = all(place == (after.epoch, after.seq + n) for n, (place, _) in enumerate(new, start=1))
    return [event for _, event in new] if no_gap else []


def _seq(entry: str) -> int:
    return int(entry.split("-", 1)[0])
