"""Appending events to their conversations' streams in Redis.

What is told at one time, in many conversations, goes with one command: while one is on its way, what comes
meanwhile gathers for the next.
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

# KEYS: stream, epoch and tombstone of each conversation. ARGV: an epoch for those that have none, events kept, seconds
# kept; then for each conversation the number of its events, and these. Gives the number of the first, and the epoch, of
# each; 0 and an empty epoch for a conversation that was erased, to which nothing is appended.
APPEND = """
local function append(stream, epoch_key, at, count)
    local epoch, first = redis.call('GET', epoch_key), 1
    if not epoch then epoch = ARGV[1]; redis.call('DEL', stream) end
    local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
    if last[1] then
        first = tonumber(string.match(last[1][1], '^%d+')) + 1
        if last[1][2][2] == ARGV[at + count] then return first - count, epoch end -- sent again, on a line made anew
    end
    for n = 0, count - 1 do
        local id = string.format('%d-0', first + n)
        redis.call('XADD', stream, 'MAXLEN', '~', ARGV[2], id, 'event', ARGV[at + 1 + n])
    end
    redis.call('SET', epoch_key, epoch, 'EX', ARGV[3])
    redis.call('EXPIRE', stream, ARGV[3])
    return first, epoch
end

local found, at = {}, 4
for k = 1, #KEYS, 3 do
    local count, first, epoch = tonumber(ARGV[at]), 0, ''
    if redis.call('EXISTS', KEYS[k + 2]) == 0 then first, epoch = append(KEYS[k], KEYS[k + 1], at, count) end
    found[#found + 1] = first
    found[#found + 1] = epoch
    at = at + 1 + count
end
return found
"""


def keys(conversation_id: uuid.UUID | str) -> list[str]:
    """What a conversation's events have in Redis: the stream, its epoch."""
    return [f"events:{{{conversation_id}}}", f"epoch:{{{conversation_id}}}"]


class Place(NamedTuple):
    """Where a follower stands: the next event is `seq` + 1 of this `epoch`."""

    epoch: str
    seq: int


@dataclass(slots=True)
class Gathered:
    """The events of one conversation that go together, and who waits to hear the place of the first of its own."""

    events: list[str] = field(default_factory=list)
    waiting: list[tuple[int, asyncio.Future[Place]]] = field(default_factory=list)  # how many stand before its own

    def let_know(self, first: Place) -> None:
        for before, place in self.waiting:
            if not place.done():
                place.set_result(Place(first.epoch, first.seq + before))

    def fail(self, error: Exception) -> None:
        for _, place in self.waiting:
            if not place.done():
                place.set_exception(error)


class Appender:
    """What an event loop has to append."""

    def __init__(self) -> None:
        self.gathered: dict[str, Gathered] = {}
        self.sending: asyncio.Task[None] | None = None

    def take(self, conversation_id: str, events: Sequence[str]) -> asyncio.Future[Place]:
        place = asyncio.get_running_loop().create_future()
        gathered = self.gathered.setdefault(conversation_id, Gathered())
        gathered.waiting.append((len(gathered.events), place))
        gathered.events += events
        if self.sending is None or self.sending.done():
            # In a context of its own: the caller's may end with its request.
            self.sending = asyncio.create_task(self.send(), context=contextvars.Context())
        return place

    async def send(self) -> None:
        while self.gathered:
            together, self.gathered = self.gathered, {}
            try:
                found = await async_redis_client().eval(APPEND, 3 * len(together), *_arguments(together))
                for gathered, seq, epoch in zip(together.values(), found[::2], found[1::2], strict=True):
                    gathered.let_know(Place(epoch, int(seq)))
            except (RedisError, OSError) as error:
                for gathered in together.values():
                    gathered.fail(error)
            finally:  # nobody is to wait for one who was cancelled
                for gathered in together.values():
                    for _, place in gathered.waiting:
                        place.cancel()


_appenders: WeakKeyDictionary[asyncio.AbstractEventLoop, Appender] = WeakKeyDictionary()


async def aappend(conversation_id: uuid.UUID | str, events: Sequence[str]) -> Place:
    """Append events, and return the place of the first.

    Raises:
        RedisError, OSError: they are not there, or it is not known.
    """
    appender = _appenders.setdefault(asyncio.get_running_loop(), Appender())
    return await appender.take(str(conversation_id), events)


def append(conversation_id: uuid.UUID | str, events: Sequence[str]) -> Place:
    """The same for synchronous code."""
    seq, epoch = redis_client().eval(APPEND, 3, *_arguments({str(conversation_id): Gathered(list(events))}))
    return Place(epoch, int(seq))


def _arguments(together: dict[str, Gathered]) -> Iterable[Any]:
    for conversation_id in together:
        yield from (*keys(conversation_id), tombstones.key(conversation_id))
    yield from (uuid.uuid4().hex, settings.EVENTS_KEPT, settings.EVENTS_TTL_S)
    for gathered in together.values():
        yield len(gathered.events)
        yield from gathered.events
