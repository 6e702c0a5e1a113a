"""Append events to the conversations' streams in Redis.

Appends are batched per event loop: while one command is in flight, further events, of any conversation, are collected
for the next one.
"""

import asyncio
import contextvars
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.exceptions import RedisError

from assistant import tombstones
from assistant.redis.client import async_redis_client, redis_client

# KEYS: stream, epoch and tombstone of each conversation. ARGV: an epoch for conversations without one, events to keep,
# seconds to keep them; then for each conversation the number of its events, and the events. Returns for each the number
# of the first event and the epoch; 0 and an empty epoch if the conversation was erased, and then nothing is appended.
APPEND = """
local function append(stream, epoch_key, at, count)
    local epoch, first = redis.call('GET', epoch_key), 1
    if not epoch then epoch = ARGV[1]; redis.call('DEL', stream) end
    local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
    if last[1] then
        first = tonumber(string.match(last[1][1], '^%d+')) + 1
        if last[1][2][2] == ARGV[at + count] then return first - count, epoch end -- sent twice, after a reconnect
    end
    for n = 0, count - 1 do
        local id = string.format('%d-0', first + n)
        redis.call('XADD', stream, 'MAXLEN', '~', ARGV[2], id, 'event', ARGV[at + 1 + n])
    end
    redis.call('SET', epoch_key, epoch, 'EX', ARGV[3])
    redis.call('EXPIRE', stream, ARGV[3])
    return first, epoch
end

local results, at = {}, 4
for k = 1, #KEYS, 3 do
    local count, first, epoch = tonumber(ARGV[at]), 0, ''
    if redis.call('EXISTS', KEYS[k + 2]) == 0 then first, epoch = append(KEYS[k], KEYS[k + 1], at, count) end
    results[#results + 1] = first
    results[#results + 1] = epoch
    at = at + 1 + count
end
return results
"""


def keys(conversation_id: uuid.UUID | str) -> list[str]:
    """Return the Redis keys of a conversation's events: the stream and its epoch."""
    return [f"events:{{{conversation_id}}}", f"epoch:{{{conversation_id}}}"]


class Place(NamedTuple):
    """A position in a stream: the number of the last event seen, within one epoch."""

    epoch: str
    seq: int


@dataclass(slots=True)
class Batch:
    """The collected events of one conversation, with a future for each caller: the place of its first event."""

    events: list[str] = field(default_factory=list)
    waiting: list[tuple[int, asyncio.Future[Place]]] = field(default_factory=list)  # with the offset in `events`

    def succeed(self, first: Place) -> None:
        for offset, place in self.waiting:
            if not place.done():
                place.set_result(Place(first.epoch, first.seq + offset))

    def fail(self, error: Exception) -> None:
        for _, place in self.waiting:
            if not place.done():
                place.set_exception(error)


class Appender:
    """Collects the events of one event loop and appends them in batches."""

    def __init__(self) -> None:
        self.collected: dict[str, Batch] = {}
        self.sending: asyncio.Task[None] | None = None

    def add(self, conversation_id: str, events: Sequence[str]) -> asyncio.Future[Place]:
        place = asyncio.get_running_loop().create_future()
        batch = self.collected.setdefault(conversation_id, Batch())
        batch.waiting.append((len(batch.events), place))
        batch.events += events
        if self.sending is None or self.sending.done():
            # In its own context, because the caller's may end with its request.
            self.sending = asyncio.create_task(self.send(), context=contextvars.Context())
        return place

    async def send(self) -> None:
        while self.collected:
            batches, self.collected = self.collected, {}
            try:
                results = await async_redis_client().eval(APPEND, 3 * len(batches), *_arguments(batches))
                for batch, seq, epoch in zip(batches.values(), results[::2], results[1::2], strict=True):
                    batch.succeed(Place(epoch, int(seq)))
            except (RedisError, OSError) as error:
                for batch in batches.values():
                    batch.fail(error)
            finally:  # if this task is cancelled, its callers must not wait forever
                for batch in batches.values():
                    for _, place in batch.waiting:
                        place.cancel()


_appenders: WeakKeyDictionary[asyncio.AbstractEventLoop, Appender] = WeakKeyDictionary()


async def aappend(conversation_id: uuid.UUID | str, events: Sequence[str]) -> Place:
    """Append events, as JSON, and return the place of the first; its epoch is empty if the conversation was erased.

    Raises:
        RedisError, OSError: they were not appended, or it is unknown whether they were.
    """
    appender = _appenders.setdefault(asyncio.get_running_loop(), Appender())
    return await appender.add(str(conversation_id), events)


def append(conversation_id: uuid.UUID | str, events: Sequence[str]) -> Place:
    """Append events from synchronous code; see `aappend`."""
    seq, epoch = redis_client().eval(APPEND, 3, *_arguments({str(conversation_id): Batch(list(events))}))
    return Place(epoch, int(seq))


def _arguments(batches: dict[str, Batch]) -> Iterable[Any]:
    for conversation_id in batches:
        yield from (*keys(conversation_id), tombstones.key(conversation_id))
    yield from (uuid.uuid4().hex, settings.EVENTS_KEPT, settings.EVENTS_TTL_S)
    for batch in batches.values():
        yield len(batch.events)
        yield from batch.events
