"""What settings name as ENGINE."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from django.utils.asyncio import async_unsafe
from psycopg_pool import PoolTimeout

from assistant.database import lines


class PreparedCursor(psycopg.Cursor[Any]):
    """Has Postgres parse and plan a statement once in a connection, and then only run it with other values."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **{"prepare": True, **options})


class DatabaseWrapper(base.DatabaseWrapper):
    """Does not queue up for a connection to a Postgres that is known to be away."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        host, port = str(conn_params.get("host", "")), int(conn_params.get("port") or 5432)
        lines.refuse_while_silent(host, port)
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout:
            if host and "," not in host and not lines.is_silent():  # of several it is not known which is meant
                lines.look(host, port)
            raise

    @async_unsafe
    def prepared_cursor(self) -> CursorWrapper:
        """As `cursor()`, for statements whose text stays the same. Values are sent beside it, each of one type."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))
