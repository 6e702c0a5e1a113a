"""Waking whoever follows a conversation, in this process and, through the channel layer, in others.

Each event loop owns one channel, joined to the group of every conversation followed in it. Between
processes a wake carries no data: one that is lost costs time, never an event. Within a process it hands
over what happened, so that an answer goes straight to the socket that asked.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
TOGETHER_S = 0.15
HANDED_MAX = 64  # to a listener who does not take them: it then looks by itself


class Woken(asyncio.Event):
    """Set at every wake of a key; keeps what this process handed over until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: list[Any] = []
        self.must_look = True  # there may be more than was handed over

    def hand(self, *happened: Any) -> None:
        if not happened or len(self.handed) + len(happened) > HANDED_MAX:
            self.must_look = True
        else:
            self.handed += happened
        self.set()

    def take(self) -> list[Any]:
        """What was handed over since the last time, if that is all there is; what comes from now on sets the event."""
        self.clear()
        handed = [] if self.must_look else self.handed
        self.handed, self.must_look = [], False
        return handed


class Listeners:
    """Who listens in one event loop, and the task that hears other processes for them."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, set[Woken]] = defaultdict(set)
        self.telling: dict[str, asyncio.Task[None]] = {}  # keys whose followers elsewhere will be woken
        self.channel = ""
        self.task: asyncio.Task[None] | None = None

    def wake(self, key: str, *happened: Any) -> None:
        for woken in self.waiting.get(key, ()):
            woken.hand(*happened)

    async def wake_others(self, key: str) -> None:
        try:
            await get_channel_layer().group_send(group(key), {"type": "look", "key": key, "from": self.channel})
        except (RedisError, OSError) as error:
            log.warning("followers of %s in other processes are not woken: %s", key, error)

    async def wake_others_once(self, key: str) -> None:
        """For all that happens meanwhile: a short reply is four events."""
        await asyncio.sleep(TOGETHER_S)
        self.telling.pop(key, None)
        await self.wake_others(key)

    async def join(self, key: str) -> None:
        layer = get_channel_layer()
        if self.task is None or self.task.done():
            self.channel = await layer.new_channel()
            self.task = asyncio.create_task(self.hear())
        await layer.group_add(group(key), self.channel)

    async def hear(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                message = await layer.receive(self.channel)
            except (RedisError, OSError) as error:
                log.warning("wakes from other processes are interrupted: %s", error)
                await asyncio.sleep(1)
            else:
                if message["from"] != self.channel:  # else it is our own, come back
                    self.wake(message["key"])


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, Listeners] = WeakKeyDictionary()


def group(key: str) -> str:
    return f"look.{key}"


def here() -> Listeners:
    return _listeners.setdefault(asyncio.get_running_loop(), Listeners())


async def wake(key: str, *happened: Any) -> None:
    """Tell every follower of this key, wherever it runs, to look; hand those of this process what there is to see.

    Where there are some, those of other processes are hardly the ones who asked, and are told TOGETHER_S later.
    """
    listeners = here()
    listeners.wake(key, *happened)
    if not happened or not listeners.waiting.get(key):
        await listeners.wake_others(key)
    elif key not in listeners.telling:
        listeners.telling[key] = asyncio.create_task(listeners.wake_others_once(key))


@contextlib.asynccontextmanager
async def listening(key: str) -> AsyncGenerator[Woken, None]:
    """Give an event that is set at every wake of this key."""
    listeners, woken = here(), Woken()
    first = not listeners.waiting[key]
    listeners.waiting[key].add(woken)
    try:
        if first:
            with contextlib.suppress(RedisError, OSError):  # looking by itself is enough meanwhile
                await listeners.join(key)
        yield woken
    finally:
        listeners.waiting[key].discard(woken)
        if not listeners.waiting[key]:
            del listeners.waiting[key]
            with contextlib.suppress(RedisError, OSError):
                await get_channel_layer().group_discard(group(key), listeners.channel)
            if telling := listeners.telling.pop(key, None):
                telling.cancel()
                await listeners.wake_others(key)  # now: the loop may end with its last listener


async def wait(woken: asyncio.Event, at_most_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await woken.wait()
