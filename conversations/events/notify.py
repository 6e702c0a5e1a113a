"""Wake the followers of a conversation, in this process and, through the channel layer, in others.

Each event loop with followers has one channel, and every wake is sent to all channels. Between processes a wake carries
no data: losing one delays events but loses none. Within a process it also passes on the events themselves, so that a
reply reaches the sockets of the same process without reading Redis.
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
HANDED_MAX = 64  # events buffered for a subscription; beyond that it reads Redis


class Subscription(asyncio.Event):
    """An asyncio event that is set at every wake of a key and buffers the events of this process."""

    def __init__(self) -> None:
        super().__init__()
        self.buffered: list[Any] = []
        self.must_look = True  # there may be events that are not buffered
        self.position: tuple[str, int] | None = None  # epoch and number of the newest event that the follower has

    def deliver(self, *events: Any) -> None:
        """Buffer events and set this event. Without events, or with too many, the follower has to read Redis."""
        if not events or len(self.buffered) + len(events) > HANDED_MAX:
            self.must_look = True
        else:
            self.buffered += events
        self.set()

    def take(self) -> list[Any]:
        """Return and clear the buffered events, and clear this event. Empty if there may be others in Redis."""
        self.clear()
        events = [] if self.must_look else self.buffered
        self.buffered, self.must_look = [], False
        return events


class Listeners:
    """The subscriptions of one event loop, and the tasks that exchange wakes with other processes."""

    def __init__(self) -> None:
        self.waiting: defaultdict[str, set[Subscription]] = defaultdict(set)
        self.unsent: set[str] = set()  # keys whose followers in other processes are not woken yet
        self.sending: asyncio.Task[None] | None = None
        self.channel = ""
        self.joined = False
        self.receiving: asyncio.Task[None] | None = None

    def wake(self, key: str, *events: Any) -> None:
        for subscription in self.waiting.get(key, ()):
            subscription.deliver(*events)

    def wake_others_soon(self, key: str) -> None:
        """Wake the followers in other processes within TOGETHER_S, with one message for all keys until then."""
        self.unsent.add(key)
        if self.sending is None or self.sending.done():
            self.sending = asyncio.create_task(self.send_unsent())

    async def send_unsent(self) -> None:
        while self.unsent:  # keys may have been added during the last send
            await asyncio.sleep(TOGETHER_S)
            await self.wake_others()

    async def wake_others(self, *keys: str) -> None:
        """Wake the followers of these and all unsent keys in other processes. Without Redis, they poll."""
        due, self.unsent = [*self.unsent, *keys], set()
        try:
            if due:
                await get_channel_layer().group_send(EVERYBODY, {"type": "look", "keys": due, "from": self.channel})
        except (RedisError, OSError) as error:
            log.warning("cannot wake followers in other processes: %s", error)

    async def join(self) -> None:
        layer = get_channel_layer()
        if self.receiving is None or self.receiving.done():
            self.channel, self.joined = await layer.new_channel(), False
            self.receiving = asyncio.create_task(self.receive())
        if not self.joined:
            await layer.group_add(EVERYBODY, self.channel)
            self.joined = True

    async def receive(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                message = await layer.receive(self.channel)
            except (RedisError, OSError) as error:
                log.warning("cannot receive wakes from other processes: %s", error)
                await asyncio.sleep(1)
            else:
                if message["from"] != self.channel:  # the group also sends us our own wakes
                    for key in message["keys"]:
                        self.wake(key)


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, Listeners] = WeakKeyDictionary()


def here() -> Listeners:
    return _listeners.setdefault(asyncio.get_running_loop(), Listeners())


async def wake(key: str, *events: Any, soon: bool = False) -> None:
    """Wake every follower of this key, in any process; followers in this process get the events themselves.

    Other processes are woken up to TOGETHER_S later if this process delivered the events, because then the customer who
    is waiting is probably connected here. They are also woken later with `soon`.
    """
    listeners = here()
    listeners.wake(key, *events)
    if soon or (events and listeners.waiting.get(key)):
        listeners.wake_others_soon(key)
    else:
        await listeners.wake_others(key)


@contextlib.asynccontextmanager
async def listening(key: str, *, from_now: bool = False) -> AsyncGenerator[Subscription, None]:
    """Subscribe to the wakes of a key. With `from_now`, earlier events need not be read from Redis."""
    listeners, subscription = here(), Subscription()
    subscription.must_look = not from_now
    listeners.waiting[key].add(subscription)
    try:
        with contextlib.suppress(RedisError, OSError):  # the poller finds events in the meantime
            await listeners.join()
        yield subscription
    finally:
        listeners.waiting[key].discard(subscription)
        if not listeners.waiting[key]:
            del listeners.waiting[key]


async def all_woken() -> None:
    """Send the wakes that are still pending, before the event loop ends."""
    await here().wake_others()


async def wait(event: asyncio.Event, at_most_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await event.wait()
