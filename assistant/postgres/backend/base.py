"""The database backend that settings use as ENGINE."""

from time import monotonic
from typing import Any

from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

from assistant.postgres import watchdog


class DatabaseWrapper(base.DatabaseWrapper):
    """Does not queue for a connection while Postgres is down, and does not probe a server that replied recently."""

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        """Like Django's, with our own check before a connection is lent."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            pool = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,
                check=watchdog.check,
                **options,
            )
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Like Django's, but wait for DATABASE_QUEUE_TIMEOUT_S in all while the server is only busy."""
        host, port = str(conn_params.get("host", "")), int(conn_params.get("port") or 5432)
        give_up_at = monotonic() + settings.DATABASE_QUEUE_TIMEOUT_S
        while True:
            watchdog.refuse_while_unresponsive(host, port)
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if watchdog.replied_recently() and monotonic() < give_up_at:
                    continue
                if (
                    host and "," not in host and not watchdog.is_unresponsive()
                ):  # with several hosts it is unknown which one is used
                    watchdog.probe(host, port)
                raise
