"""Locks on a name, for work that only one at a time may do. Nobody who writes rows waits for them."""

from django.db import connection


def hold(name: str) -> None:
    """Wait for this name, and hold it until the transaction ends. It waits for at most DATABASE_LOCK_TIMEOUT_MS."""
    assert connection.in_atomic_block, "outside a transaction the lock would be let go at once"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
