"""What assistant/postgres leans on, of the pinned psycopg, psycopg_pool and Django, that their manuals do not promise.

A version in which one of these fails must not be pinned before assistant/postgres is changed.
"""

from collections.abc import Generator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import waiting
from psycopg.waiting import Ready
from psycopg_pool import ConnectionPool

from assistant.postgres import watchdog
from assistant.postgres.backend.base import DatabaseWrapper


def url_of_postgres() -> str:
    told = settings.DATABASES["default"]
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/postgres"


class Recording(psycopg.Connection[Any]):
    """Counts its exchanges, and notes what each was resumed with."""

    exchanges = 0
    resumed_with: list[Ready]

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        self.exchanges += 1
        return super().wait(self.recorded(gen), 0.02, timeout)

    def recorded(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        self.resumed_with = []
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                self.resumed_with.append(ready)
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize(
    "exchange",
    [
        lambda line: line.execute("SELECT 1"),
        lambda line: line.cursor().executemany("SELECT %s", [(1,), (2,)]),
        lambda line: line.commit(),
        lambda line: line.rollback(),
        lambda line: line.cursor("named").execute("SELECT 1").fetchall(),
        lambda line: list(line.cursor().copy("COPY (SELECT 1) TO STDOUT").__enter__()),
    ],
    ids=["execute", "executemany", "commit", "rollback", "server-side cursor", "copy"],
)
def test_a_connection_speaks_with_its_server_through_wait_alone(exchange):
    """`Line.wait` is the one place that looks after a connection whose server hangs."""
    with Recording.connect(url_of_postgres()) as line:
        line.execute("SELECT 1")  # begins a transaction
        before = line.exchanges
        exchange(line)

        assert line.exchanges > before


@pytest.mark.parametrize("implementation", ["wait", "wait_selector"])
def test_an_exchange_is_resumed_with_none_for_as_long_as_nothing_comes(implementation, monkeypatch):
    """Both psycopg's own choice, in C, and what it falls back to in Python."""
    monkeypatch.setattr(waiting, "wait", getattr(waiting, implementation))
    with Recording.connect(url_of_postgres()) as line:
        answer = line.execute("SELECT 'there' FROM pg_sleep(0.3)")

        assert answer.fetchone() == ("there",)
        assert line.resumed_with.count(Ready.NONE) > 2
        assert line.resumed_with[-1] != Ready.NONE


def test_what_an_exchange_raises_reaches_whoever_waits():
    with Recording.connect(url_of_postgres()) as line, pytest.raises(psycopg.errors.DivisionByZero):
        line.execute("SELECT 1 / 0")


def test_a_connection_that_was_finished_is_closed_and_a_pool_makes_another():
    with ConnectionPool(
        url_of_postgres(), min_size=1, connection_class=watchdog.MonitoredConnection, check=watchdog.check
    ) as pool:
        with pool.connection() as line:
            line.pgconn.finish()

            assert line.closed
        with pool.connection() as other:
            assert other is not line


def test_django_keeps_its_pools_where_ours_is_kept():
    """`DatabaseWrapper.pool` is Django's, but for the check before a connection is lent."""
    assert base.DatabaseWrapper._connection_pools is DatabaseWrapper._connection_pools
    assert callable(base.DatabaseWrapper._configure_connection)
    assert isinstance(base.DatabaseWrapper.pool, property)
