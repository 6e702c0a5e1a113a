"""When Redis hangs or drops connections, callers fail soon, once, and with the same kind of error."""

import asyncio
import time
from time import monotonic

import pytest
import redis
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeout

from assistant.circuit_breaker import CircuitBreaker
from assistant.redis import connection
from tests.faults.gate import gate_to

pytestmark = pytest.mark.timing


@pytest.fixture(autouse=True)
def _nobody_waited_in_vain_before(monkeypatch):
    monkeypatch.setattr(connection, "breaker", CircuitBreaker(connection.breaker.retry_after_s))


@pytest.fixture
async def gate():
    async with gate_to(settings.REDIS_URL) as opened:
        yield opened


@pytest.fixture
async def client(gate):
    async with Redis.from_url(gate.url, **connection.async_options(settings.REDIS_TIMEOUT_S)) as connected:
        yield connected


async def test_who_asks_a_redis_that_hangs_waits_once_and_the_next_do_not(gate, client):
    await client.ping()
    gate.freeze()
    with pytest.raises(RedisTimeout):
        await asyncio.wait_for(client.ping(), 20)
    refused_at = monotonic()
    for _ in range(100):
        with pytest.raises(RedisTimeout):
            await client.ping()
    assert monotonic() - refused_at < settings.REDIS_RETRY_AFTER_S


async def test_a_thread_waits_once_as_well_and_for_both(gate, client):
    def ask():
        options = connection.options(settings.REDIS_TIMEOUT_S)
        with redis.Redis.from_url(gate.url, **options) as in_a_thread, pytest.raises(RedisTimeout):
            in_a_thread.ping()

    gate.freeze()  # before the first line is made
    await asyncio.wait_for(asyncio.to_thread(ask), 20)
    refused_at = monotonic()
    with pytest.raises(RedisTimeout):
        await client.ping()
    await asyncio.to_thread(ask)
    assert monotonic() - refused_at < settings.REDIS_RETRY_AFTER_S


async def test_how_long_it_is_waited_for_and_left_alone_is_the_operators_choice(gate, client, settings):
    settings.REDIS_TIMEOUT_S, settings.REDIS_RETRY_AFTER_S = 600, 0
    await client.ping()
    gate.freeze()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.ping(), 2)

    settings.REDIS_TIMEOUT_S = 0.1
    with pytest.raises(RedisTimeout):
        await asyncio.wait_for(client.ping(), 20)

    gate.open()
    assert await client.ping()


async def test_redis_is_asked_again_after_a_while(gate, client):
    gate.freeze()
    with pytest.raises(RedisTimeout):
        await client.ping()
    gate.open()
    async with asyncio.timeout(20):
        while True:
            try:
                assert await client.ping()
                return
            except RedisTimeout:
                await asyncio.sleep(0.1)


async def test_a_loop_that_is_held_up_is_not_taken_for_a_redis_that_is_silent(client):
    await client.ping()
    asking = asyncio.create_task(client.ping())
    await asyncio.sleep(0)
    time.sleep(2 * settings.REDIS_TIMEOUT_S)  # noqa: ASYNC251 - as a loop does that has too much to do
    assert await asking


async def test_a_line_that_broke_while_it_lay_idle_is_made_anew(gate, client):
    await client.ping()
    gate.shut()
    gate.open()
    assert await client.ping()
