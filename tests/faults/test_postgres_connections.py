"""A connection to a hanging server is closed; one to a slow server is not."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from psycopg_pool import ConnectionPool, PoolTimeout

from assistant.circuit_breaker import CircuitBreaker
from assistant.postgres import watchdog
from assistant.postgres.backend.base import DatabaseWrapper
from tests.faults.gate import gate_to

pytestmark = pytest.mark.timeout(60)
SOON_S = 10  # on a machine that is busy; without a limit it would be for ever


@pytest.fixture(autouse=True)
def _impatient(settings, monkeypatch):
    settings.DATABASE_PROBE_AFTER_S = settings.DATABASE_RETRY_AFTER_S = 0.3
    settings.DATABASE_PROBE_TIMEOUT_S = 0.4
    monkeypatch.setattr(watchdog, "breaker", CircuitBreaker(watchdog.breaker.retry_after_s))


def url_of_postgres() -> str:
    told = django_settings.DATABASES["default"]
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/postgres"


async def test_a_statement_that_takes_long_is_waited_for():
    async with gate_to(url_of_postgres()) as gate:
        line = await asyncio.to_thread(watchdog.MonitoredConnection.connect, gate.url)
        slow = await asyncio.to_thread(line.execute, "SELECT 'done' FROM pg_sleep(1.5)")

    assert slow.fetchone() == ("done",)


def test_a_statement_of_fifty_megabytes_is_sent_however_long_that_takes(settings):
    """B6."""
    settings.DATABASE_PROBE_AFTER_S = 0.001
    with watchdog.MonitoredConnection.connect(url_of_postgres()) as line:
        answer = line.execute("SELECT length(%s::bytea), pg_sleep(0.3)", [b"x" * 50_000_000])

        assert answer.fetchone()[0] == 50_000_000


async def test_a_line_to_a_server_that_hangs_while_it_is_sent_much_is_closed():
    async with gate_to(url_of_postgres()) as gate:
        line = await asyncio.to_thread(watchdog.MonitoredConnection.connect, gate.url)
        gate.freeze()
        with pytest.raises(watchdog.ServerUnresponsive):
            await asyncio.to_thread(line.execute, "SELECT length(%s::bytea)", [b"x" * 50_000_000])

    assert line.closed


async def test_a_line_to_a_server_that_hangs_is_closed_and_whoever_comes_next_does_not_wait():
    async with gate_to(url_of_postgres()) as gate:
        line = await asyncio.to_thread(watchdog.MonitoredConnection.connect, gate.url)
        gate.freeze()
        asked_at = monotonic()
        with pytest.raises(watchdog.ServerUnresponsive):
            await asyncio.to_thread(line.execute, "SELECT 1")
        took_s = monotonic() - asked_at
        with pytest.raises(watchdog.ServerUnresponsive):
            watchdog.refuse_while_unresponsive("127.0.0.1", 1)
        await asyncio.sleep(0.4)
        gate.open()
        await asyncio.to_thread(watchdog.refuse_while_unresponsive, *door_of(gate))

    assert line.closed
    assert took_s < SOON_S


def door_of(gate) -> tuple[str, int]:
    parts = urlsplit(gate.url)
    return parts.hostname, parts.port


def pool_to(url: str) -> ConnectionPool:
    options = {"connect_timeout": 2, "autocommit": True}
    return ConnectionPool(
        url, connection_class=watchdog.MonitoredConnection, check=watchdog.check, kwargs=options, timeout=1, open=False
    )


async def test_a_pool_gives_no_line_to_a_server_that_hangs_and_makes_new_ones_once_it_is_back(monkeypatch):
    monkeypatch.setattr(watchdog, "CHECK_AFTER_S", 0)
    async with gate_to(url_of_postgres()) as gate:
        with pool_to(gate.url) as pool:
            await asyncio.to_thread(pool.wait)
            gate.freeze()
            with pytest.raises(PoolTimeout):
                await asyncio.to_thread(pool.getconn)
            gate.open()
            line = await asyncio.to_thread(pool.getconn, timeout=SOON_S)
            answer = await asyncio.to_thread(line.execute, "SELECT 1")
            pool.putconn(line)

    assert answer.fetchone() == (1,)


def test_a_line_whose_server_answered_just_now_is_lent_unasked_and_asked_later(monkeypatch):
    with pool_to(url_of_postgres()) as pool, pool.connection() as line:
        line.execute("SELECT 1")
        heard_at = line.last_reply_at
        watchdog.check(line)
        unasked = line.last_reply_at
        monkeypatch.setattr(watchdog, "CHECK_AFTER_S", 0)
        watchdog.check(line)

        assert unasked == heard_at < line.last_reply_at


def test_a_line_that_its_server_closed_just_now_is_not_lent():
    with pool_to(url_of_postgres()) as pool:
        with pool.connection() as line, psycopg.connect(url_of_postgres(), autocommit=True) as other:
            line.execute("SELECT 1")
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [line.info.backend_pid])
        with pool.connection() as lent:
            assert lent is not line
            assert lent.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
async def test_django_waits_for_no_connection_while_postgres_is_known_to_be_silent():
    async with gate_to(url_of_postgres()) as gate:
        host, port = door_of(gate)
        told = connection.settings_dict | {"HOST": host, "PORT": port, "NAME": "postgres", "OPTIONS": {}}
        gate.freeze()
        await asyncio.to_thread(watchdog.probe, host, port)
        with pytest.raises(OperationalError):
            await asyncio.to_thread(reach, told)
        gate.open()
        await asyncio.sleep(0.4)
        await asyncio.to_thread(reach, told)


@pytest.fixture
def crowded(transactional_db):
    """Connections of a pool that has one."""
    pool = connection.settings_dict["OPTIONS"]["pool"] | {"min_size": 1, "max_size": 1, "timeout": 0.2}
    told = connection.settings_dict | {"OPTIONS": connection.settings_dict["OPTIONS"] | {"pool": pool}}

    class Crowded(DatabaseWrapper):
        _connection_pools = {}  # of its own

    yield lambda: Crowded(told, connection.alias)
    Crowded(told, connection.alias).close_pool()


def test_whoever_waits_for_a_connection_of_a_busy_server_waits_on(crowded):
    """B5: a full house is no outage."""
    has_it, is_done = threading.Event(), threading.Event()

    def keep_busy() -> None:
        busy = crowded()
        busy.ensure_connection()
        has_it.set()
        until = monotonic() + 1  # five times as long as one waits by oneself
        while monotonic() < until:
            busy.connection.execute("SELECT 1")
        is_done.set()
        busy.close()

    with ThreadPoolExecutor(1) as other:
        doing = other.submit(keep_busy)
        has_it.wait(SOON_S)
        waiting = crowded()
        waiting.ensure_connection()
        waited = is_done.is_set()
        waiting.close()
        doing.result()

    assert waited


def test_nobody_waits_on_where_the_server_answers_nobody(crowded, monkeypatch):
    holder, waiting = crowded(), crowded()
    holder.ensure_connection()
    monkeypatch.setattr(watchdog, "RECENT_REPLY_S", 0)

    with pytest.raises(OperationalError, match="couldn't get a connection"):
        waiting.ensure_connection()

    holder.close()


def reach(told: dict[str, Any]) -> None:
    wrapper = DatabaseWrapper(told, connection.alias)
    try:
        wrapper.ensure_connection()
    finally:
        wrapper.close()
