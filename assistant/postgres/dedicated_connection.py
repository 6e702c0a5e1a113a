"""A connection outside the pool, for work that exceeds the statement timeout of requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def connect(*, statement_timeout_s: float = 0.0, lock_timeout_s: float = 0.0) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection with its own time limits (0: none), in autocommit; close it with everything it holds.

    Raises:
        OperationalError: Django's, also for errors inside the block.
    """
    limits = {"statement_timeout": statement_timeout_s, "lock_timeout": lock_timeout_s}
    params = connection.get_connection_params()
    options = [params.pop("options", ""), *(f"-c {name}={round(limit * 1000)}" for name, limit in limits.items())]
    options.append("-c idle_in_transaction_session_timeout=0")
    with connection.wrap_database_errors:
        # Server-side binding leaves a portal open, and with it a snapshot, which an index build would wait for.
        params["cursor_factory"] = psycopg.ClientCursor
        session = psycopg.connect(**params, options=" ".join(options), autocommit=True)
        try:
            yield session
        finally:
            session.close()
