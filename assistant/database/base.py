"""What settings name as ENGINE."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from assistant.database import lines


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
