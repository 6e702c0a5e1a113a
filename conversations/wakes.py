"""Waking whoever follows a conversation, in this process and, through the channel layer, in others.

Each event loop owns one channel, joined to the group of every conversation followed in it. A wake
carries no data: one that is lost costs time, never an event.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class Listeners:
    """Who listens in one event loop, and the task that hears other processes for them."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.channel = ""
        self.task: asyncio.Task[None] | None = None

    def wake(self, key: str) -> None:
        for woken in self.waiting.get(key, ()):
            woken.set()

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
                self.wake(message["key"])


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, Listeners] = WeakKeyDictionary()


def group(key: str) -> str:
    return f"look.{key}"


def here() -> Listeners:
    return _listeners.setdefault(asyncio.get_running_loop(), Listeners())


async def wake(key: str) -> None:
    """Tell every follower of this key, wherever it runs, to look."""
    here().wake(key)
    await get_channel_layer().group_send(group(key), {"type": "look", "key": key})


@contextlib.asynccontextmanager
async def listening(key: str) -> AsyncGenerator[asyncio.Event, None]:
    """Give an event that is set at every wake of this key."""
    listeners, woken = here(), asyncio.Event()
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


async def wait(woken: asyncio.Event, at_most_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await woken.wait()
