"""Run two things concurrently in a forced order, with real threads and transactions and no sleeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg
from django.db import connection, connections

PATIENCE_S = 30.0
_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE %s
"""


class Beside(threading.Thread):
    """A function that runs in a thread with a database connection of its own; `result` waits for it."""

    begun: ClassVar[list[Beside]] = []  # of this test

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.returned: Any = None
        self.raised: BaseException | None = None
        self.begun.append(self)
        self.start()

    def run(self) -> None:
        try:
            self.returned = self.work()
        except BaseException as error:  # handed to the test, which is the one to fail
            self.raised = error
        finally:
            connections.close_all()

    def result(self) -> Any:
        """What the function returned, or raise what it raised."""
        self.join(PATIENCE_S)
        assert not self.is_alive(), "it never came to its end"
        if self.raised:
            raise self.raised
        return self.returned


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so, which another thread is about to bring about."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        failed = next((each.raised for each in Beside.begun if each.raised), None)
        assert failed is None, f"it never came to this: {what}; {failed!r}"
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(0.01)  # between two looks; the order of things does not hang on it


@contextmanager
def session() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the test's own, which no thread of Django's has a part in."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as opened:
        yield opened


def until_waiting(words: str, sessions: int = 1) -> None:
    """Wait until so many sessions wait for a lock with a statement that has these words."""
    with session() as looking:

        def waiting() -> int:
            (count,) = looking.execute(_WAITING, [f"%{words}%"]).fetchone() or (0,)
            return int(count)

        until(lambda: waiting() >= sessions, f"{sessions} sessions wait for a lock with {words!r}")


@contextmanager
def transaction_beside(sql: str, *params: Any) -> Iterator[psycopg.Connection[Any]]:
    """Another session's transaction, in which this was done and which stays open until the block ends."""
    with session() as beside:
        beside.execute("BEGIN")
        beside.execute(sql, params)
        yield beside
        beside.rollback()


@contextmanager
def held_at(table: str, event: str, when: str = "true") -> Iterator[None]:
    """Whoever does this to a row of the table stays where it is, in mid-transaction, until the block ends.

    `event` is INSERT, UPDATE or DELETE; `when` is a condition on NEW and OLD.
    """
    waits = "BEGIN PERFORM pg_advisory_xact_lock(1317); RETURN NULL; END"
    with session() as gate:
        gate.execute(f"CREATE OR REPLACE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $${waits}$$")
        gate.execute(f"CREATE TRIGGER held AFTER {event} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION held()")
        gate.execute("SELECT pg_advisory_lock(1317)")
        try:
            yield
        finally:
            gate.execute("SELECT pg_advisory_unlock(1317)")
            gate.execute("SET lock_timeout = 0")
            gate.execute(f"DROP TRIGGER held ON {table}")
