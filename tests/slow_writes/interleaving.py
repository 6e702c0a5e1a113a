"""Two things done at once, in an order that the test forces: real threads, real transactions, no sleeps of luck."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, connections

PATIENCE_S = 30.0
_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE %s
"""


class Beside(threading.Thread):
    """A function that runs in a thread with a database connection of its own; `result` waits for it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.returned: Any = None
        self.raised: BaseException | None = None
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


@contextmanager
def transaction_beside(sql: str, *params: Any) -> Iterator[psycopg.Connection[Any]]:
    """Another session's transaction, in which this was done and which stays open until the block ends."""
    with psycopg.connect(**connection.get_connection_params()) as session:
        session.execute(sql, params)
        yield session
        session.rollback()


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so, which another thread is about to bring about."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(0.01)  # between two looks; the order of things does not hang on it


def waiting(words: str) -> int:
    """How many sessions wait for a lock with a statement that has these words."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [f"%{words}%"])
        (count,) = cursor.fetchone()
        return int(count)


def until_waiting(words: str, sessions: int = 1) -> None:
    until(lambda: waiting(words) >= sessions, f"{sessions} sessions wait for a lock with {words!r}")
