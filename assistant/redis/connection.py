"""How a connection to Redis behaves where Redis is away or hangs: it says so soon, and in one way.

Nothing that lasts is in Redis. Who uses it goes on without it on RedisError or OSError; so it must be one of
these, within REDIS_TIMEOUT_S, and not once for every command of a reply.
"""

import asyncio
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError
from redis.exceptions import TimeoutError as Silent
from redis.retry import Retry

from assistant.circuit_breaker import CircuitBreaker

TICKS = 4  # of the event loop within REDIS_TIMEOUT_S

breaker = CircuitBreaker(lambda: settings.REDIS_RETRY_AFTER_S)


def refuse_while_unresponsive() -> None:
    """Leave a Redis that did not answer alone for REDIS_RETRY_AFTER_S: one caller waits for it, not each in turn."""
    if breaker.is_refusing:
        raise Silent("Redis did not answer just now")


class MonitoredConnection(redis.Connection):
    """A connection for synchronous code."""

    def connect_check_health(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        try:
            super().connect_check_health(*args, **options)
        except Silent:
            breaker.record_failure()
            raise

    def send_packed_command(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        super().send_packed_command(*args, **options)

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except Silent:
            breaker.record_failure()
            raise


class MonitoredAsyncConnection(redis.asyncio.Connection):
    """A connection of an event loop.

    Waits in ticks of the loop: one that was held up is not taken for a Redis that is silent.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"socket_timeout": None})

    async def connect_check_health(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        try:
            await super().connect_check_health(*args, **options)
        except Silent:
            breaker.record_failure()
            raise

    async def send_packed_command(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        try:
            await super().send_packed_command(*args, **options)
        except RuntimeError as error:  # uvloop's, of a line that was closed meanwhile
            await self.disconnect(nowait=True)
            raise ConnectionError(f"the line was closed: {error}") from error

    async def read_response(self, *args: Any, **options: Any) -> Any:
        if options.get("timeout") is not None:  # a subscriber looks whether there is something
            return await super().read_response(*args, **options)
        patience = LoopAwareTimeout()
        try:
            async with patience.limit:
                return await super().read_response(*args, **options)
        except TimeoutError as error:
            breaker.record_failure()
            raise Silent("Redis does not answer") from error
        finally:
            patience.end()


class LoopAwareTimeout:
    """Ends `limit` after REDIS_TIMEOUT_S in which the loop turned."""

    def __init__(self) -> None:
        self.limit = asyncio.timeout(None)
        self.loop = asyncio.get_running_loop()
        self.tick_s = settings.REDIS_TIMEOUT_S / TICKS
        self.ticks_left = TICKS
        self.handle = self.loop.call_later(self.tick_s, self.tick)

    def tick(self) -> None:
        self.ticks_left -= 1
        if self.ticks_left:
            self.handle = self.loop.call_later(self.tick_s, self.tick)
        else:
            self.limit.reschedule(self.loop.time())

    def end(self) -> None:
        self.handle.cancel()


def options(timeout_s: float) -> dict[str, Any]:
    """Of a client for synchronous code.

    A line that broke while it lay idle is made anew, once. Who did not answer in time is not asked again.
    """
    return {
        "connection_class": MonitoredConnection,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    }


def async_options(timeout_s: float) -> dict[str, Any]:
    """Of a client of an event loop."""
    again = AsyncRetry(NoBackoff(), 1, supported_errors=(ConnectionError,))
    return options(timeout_s) | {"connection_class": MonitoredAsyncConnection, "retry": again}
