"""Postgres advisory locks by name, for work that must not run twice at once. They don't block writes to rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from assistant.postgres import dedicated_connection

_KEY = "hashtextextended(%s, 0)"


def hold_in_transaction(name: str) -> None:
    """Wait for the lock of this name, at most DATABASE_LOCK_TIMEOUT_MS, and hold it until the transaction ends."""
    assert connection.in_atomic_block, "outside a transaction the lock would be let go at once"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_KEY})", [name])


@contextmanager
def hold_if_free(name: str) -> Iterator[bool]:
    """Hold the lock of this name until the block or the process ends. Yields False if somebody else holds it.

    The lock belongs to an otherwise idle transaction in a connection of its own: so a pooler that reassigns connections
    after each transaction does not lose it, and no vacuum or index build waits for it.
    """
    with dedicated_connection.connect() as session:
        session.execute("BEGIN")
        (is_ours,) = session.execute(f"SELECT pg_try_advisory_xact_lock({_KEY})", [name]).fetchone() or (False,)
        yield bool(is_ours)
