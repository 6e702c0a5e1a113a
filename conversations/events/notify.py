"""Waking whoever follows a conversation, in this process and, through the channel layer, in others.

Each event loop in which somebody follows one owns one channel, and all of them hear what happened anywhere.
Between processes a wake carries no data: one that is lost costs time, never an event. Within a process it
hands over what happened, so that an answer goes straight to the socket that asked.
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
EVERYBODY = "look"
TOGETHER_S = 0.05
HANDED_MAX = 64  # to a listener who does not take them: it then looks by itself


class Subscription(asyncio.Event):
    """Set at every wake of a key; keeps what this process handed over until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: list[Any] = []
        self.must_look = True  # there may be more than was handed over
        self.stands_at: tuple[str, int] | None = None  # epoch and number of the newest event it knows of

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
        self.waiting: defaultdict[str, set[Subscription]] = defaultdict(set)
        self.untold: set[str] = set()  # keys whose followers elsewhere are still to be woken
        self.telling: asyncio.Task[None] | None = None
        self.channel = ""
        self.joined = False
        self.hearing: asyncio.Task[None] | None = None

    def wake(self, key: str, *happened: Any) -> None:
        for woken in self.waiting.get(key, ()):
            woken.hand(*happened)

    def wake_others_soon(self, key: str) -> None:
        """With all that happens meanwhile in one message."""
        self.untold.add(key)
        if self.telling is None or self.telling.done():
            self.telling = asyncio.create_task(self.wake_others_by_and_by())

    async def wake_others_by_and_by(self) -> None:
        while self.untold:  # more may have come while the last message was sent
            await asyncio.sleep(TOGETHER_S)
            await self.wake_others()

    async def wake_others(self, *keys: str) -> None:
        """Wake those of these keys, and of all that are still untold. Where Redis is away they look by themselves."""
        told, self.untold = [*self.untold, *keys], set()
        try:
            if told:
                await get_channel_layer().group_send(EVERYBODY, {"type": "look", "keys": told, "from": self.channel})
        except (RedisError, OSError) as error:
            log.warning("followers in other processes are not woken: %s", error)

    async def join(self) -> None:
        layer = get_channel_layer()
        if self.hearing is None or self.hearing.done():
            self.channel, self.joined = await layer.new_channel(), False
            self.hearing = asyncio.create_task(self.hear())
        if not self.joined:
            await layer.group_add(EVERYBODY, self.channel)
            self.joined = True

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
                    for key in message["keys"]:
                        self.wake(key)


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, Listeners] = WeakKeyDictionary()


def here() -> Listeners:
    return _listeners.setdefault(asyncio.get_running_loop(), Listeners())


async def wake(key: str, *happened: Any, soon: bool = False) -> None:
    """Tell every follower of this key, wherever it runs, to look; hand those of this process what there is to see.

    Where there are some, those of other processes are hardly the ones who asked, and are told TOGETHER_S later; where
    the caller says `soon`, too.
    """
    listeners = here()
    listeners.wake(key, *happened)
    if soon or (happened and listeners.waiting.get(key)):
        listeners.wake_others_soon(key)
    else:
        await listeners.wake_others(key)


@contextlib.asynccontextmanager
async def listening(key: str, *, from_now: bool = False) -> AsyncGenerator[Subscription, None]:
    """Give an event that is set at every wake of this key. `from_now`: what happened before need not be looked at."""
    listeners, woken = here(), Subscription()
    woken.must_look = not from_now
    listeners.waiting[key].add(woken)
    try:
        with contextlib.suppress(RedisError, OSError):  # looking by itself is enough meanwhile
            await listeners.join()
        yield woken
    finally:
        listeners.waiting[key].discard(woken)
        if not listeners.waiting[key]:
            del listeners.waiting[key]


async def all_woken() -> None:
    """Wake now whoever was to be woken soon, for a loop that ends."""
    await here().wake_others()


async def wait(woken: asyncio.Event, at_most_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await woken.wait()
