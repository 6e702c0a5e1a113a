"""Connections to Redis that fail soon, and always the same way, when Redis is down or hangs.

Nothing permanent is in Redis, and callers continue without it on RedisError or OSError. So a failure must be one of
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
from redis.exceptions import TimeoutError as RedisTimeout
from redis.retry import Retry

from assistant.circuit_breaker import CircuitBreaker

TICKS = 4  # of the event loop within REDIS_TIMEOUT_S

breaker = CircuitBreaker(lambda: settings.REDIS_RETRY_AFTER_S)


def refuse_while_unresponsive() -> None:
    """Fail at once for REDIS_RETRY_AFTER_S after a time-out, so that callers do not wait one after the other."""
    if breaker.is_refusing:
        raise RedisTimeout("Redis did not answer just now")


class MonitoredConnection(redis.Connection):
    """A connection for synchronous code."""

    def connect_check_health(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        try:
            super().connect_check_health(*args, **options)
        except RedisTimeout:
            breaker.record_failure()
            raise

    def send_packed_command(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        super().send_packed_command(*args, **options)

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except RedisTimeout:
            breaker.record_failure()
            raise


class MonitoredAsyncConnection(redis.asyncio.Connection):
    """A connection for an event loop.

    It counts ticks of the loop, so that a busy loop is not mistaken for an unresponsive Redis.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"socket_timeout": None})

    async def connect_check_health(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        try:
            await super().connect_check_health(*args, **options)
        except RedisTimeout:
            breaker.record_failure()
            raise

    async def send_packed_command(self, *args: Any, **options: Any) -> None:
        refuse_while_unresponsive()
        try:
            await super().send_packed_command(*args, **options)
        except RuntimeError as error:  # raised by uvloop if the connection was closed meanwhile
            await self.disconnect(nowait=True)
            raise ConnectionError(f"the connection was closed: {error}") from error

    async def read_response(self, *args: Any, **options: Any) -> Any:
        if options.get("timeout") is not None:  # a subscriber polls
            return await super().read_response(*args, **options)
        time_out = LoopAwareTimeout()
        try:
            async with time_out.limit:
                return await super().read_response(*args, **options)
        except TimeoutError as error:
            breaker.record_failure()
            raise RedisTimeout("Redis does not answer") from error
        finally:
            time_out.end()


class LoopAwareTimeout:
    """Ends `limit` after REDIS_TIMEOUT_S during which the event loop kept running."""

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
    """Options of a client for synchronous code.

    A connection that broke while it was idle is opened again, once. A time-out is not retried.
    """
    return {
        "connection_class": MonitoredConnection,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    }


def async_options(timeout_s: float) -> dict[str, Any]:
    """Options of a client for an event loop."""
    again = AsyncRetry(NoBackoff(), 1, supported_errors=(ConnectionError,))
    return options(timeout_s) | {"connection_class": MonitoredAsyncConnection, "retry": again}
