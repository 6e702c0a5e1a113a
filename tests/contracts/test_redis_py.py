"""What assistant/redis leans on, of the pinned redis-py and uvloop, that their manuals do not promise.

The connections override `connect_check_health`, `send_packed_command` and `read_response`, which no manual describes.
The time-out and the circuit breaker hold only while every exchange with Redis goes through them. A version in which one
of these fails must not be pinned before assistant/redis is changed.
"""

import asyncio
from typing import Any

import pytest
import redis
from django.conf import settings
from redis.asyncio import Redis

from assistant.redis import connection

STEPS = ["connect_check_health", "send_packed_command", "read_response"]


class Recording(redis.Connection):
    """Notes which of the overridden steps were taken."""

    steps: set[str] = set()

    def connect_check_health(self, *args: Any, **options: Any) -> None:
        self.steps.add("connect_check_health")
        super().connect_check_health(*args, **options)

    def send_packed_command(self, *args: Any, **options: Any) -> None:
        self.steps.add("send_packed_command")
        super().send_packed_command(*args, **options)

    def read_response(self, *args: Any, **options: Any) -> Any:
        self.steps.add("read_response")
        return super().read_response(*args, **options)


class AsyncRecording(redis.asyncio.Connection):
    steps: set[str] = set()
    timeouts: list[Any] = []

    async def connect_check_health(self, *args: Any, **options: Any) -> None:
        self.steps.add("connect_check_health")
        await super().connect_check_health(*args, **options)

    async def send_packed_command(self, *args: Any, **options: Any) -> None:
        self.steps.add("send_packed_command")
        await super().send_packed_command(*args, **options)

    async def read_response(self, *args: Any, **options: Any) -> Any:
        self.steps.add("read_response")
        self.timeouts.append(options.get("timeout"))
        return await super().read_response(*args, **options)


EXCHANGES = [
    lambda client: client.get("nothing"),
    lambda client: client.pipeline(transaction=True).get("nothing").execute(),
    lambda client: client.pipeline(transaction=False).get("nothing").execute(),
    lambda client: client.eval("return 1", 0),
]
NAMES = ["command", "transaction", "pipeline", "script"]


@pytest.mark.parametrize("exchange", EXCHANGES, ids=NAMES)
def test_every_exchange_takes_the_three_steps(exchange, monkeypatch):
    monkeypatch.setattr(Recording, "steps", set())
    with redis.Redis.from_url(settings.REDIS_URL, connection_class=Recording) as client:
        exchange(client)

    assert sorted(Recording.steps) == sorted(STEPS)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=NAMES)
async def test_every_exchange_of_an_event_loop_takes_the_three_steps(exchange, monkeypatch):
    monkeypatch.setattr(AsyncRecording, "steps", set())
    async with Redis.from_url(settings.REDIS_URL, connection_class=AsyncRecording) as client:
        await exchange(client)

    assert sorted(AsyncRecording.steps) == sorted(STEPS)


async def test_a_subscriber_that_looks_names_its_own_timeout_and_a_command_names_none(monkeypatch):
    """By this `MonitoredAsyncConnection.read_response` tells one that waits in peace from one that hangs."""
    monkeypatch.setattr(AsyncRecording, "timeouts", [])
    async with Redis.from_url(settings.REDIS_URL, connection_class=AsyncRecording) as client:
        await client.get("nothing")
        of_commands = list(AsyncRecording.timeouts)
        async with client.pubsub() as subscriber:
            await subscriber.subscribe("nobody-speaks-here")
            await subscriber.get_message(timeout=0.2)
            await subscriber.get_message(timeout=0.2)

    assert set(of_commands) == {None}
    assert AsyncRecording.timeouts[-1] is not None


def test_a_line_that_uvloop_has_closed_is_a_broken_one():
    """uvloop says RuntimeError of it, which nobody expects of Redis."""

    async def ask():
        options = connection.async_options(settings.REDIS_TIMEOUT_S)
        async with Redis.from_url(settings.REDIS_URL, **options) as client:
            line = await client.connection_pool.get_connection()
            line._writer.transport.abort()
            await asyncio.sleep(0.1)
            with pytest.raises(redis.ConnectionError):
                await line.send_command("PING")
            await client.connection_pool.release(line)
            return await client.ping()

    uvloop = pytest.importorskip("uvloop")
    assert uvloop.run(ask())
