"""Postgres."""

import dj_database_url

from assistant.embedded import state
from assistant.postgres import watchdog
from assistant.settings.environment import EMBEDDED, env

DATABASES = {
    "default": {
        **dj_database_url.parse(
            env.str(
                "DATABASE_URL", default=state.database_url(EMBEDDED) or "postgresql://brevity@127.0.0.1:5432/brevity"
            ),
            engine="assistant.postgres.backend",
        ),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {
                "min_size": env.int("DATABASE_POOL_MIN", default=1),
                "max_size": env.int("DATABASE_POOL_MAX", default=16),
                "timeout": env.float("DATABASE_POOL_TIMEOUT_S", default=1.5),  # so that nobody waits over 2 s for a 503
                "connection_class": watchdog.MonitoredConnection,
                "reconnect_timeout": 2.0,  # then the next caller tries, instead of a timer with growing intervals
            },
            "connect_timeout": env.int("DATABASE_CONNECT_TIMEOUT_S", default=3),
            "server_side_binding": True,
            # How often a statement runs before a connection prepares it. None: never, for a pooler that reassigns
            # connections after each transaction.
            "prepare_threshold": 5 if env.bool("DATABASE_PREPARE", default=True) else None,
            "options": (
                f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', default=60_000)} "
                f"-c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT_MS', default=5_000)} "
                # 0: no read-ahead by separate Postgres processes, as the data is usually in the system's page cache.
                f"-c effective_io_concurrency={env.int('DATABASE_IO_CONCURRENCY', default=0)}"
            ),
        },
    }
}
DATABASE_QUEUE_TIMEOUT_S = env.float("DATABASE_QUEUE_TIMEOUT_S", default=30.0)  # wait for a connection to a busy server
DATABASE_PROBE_AFTER_S = env.float("DATABASE_PROBE_AFTER_S", default=0.8)  # then a waiting query probes the server
DATABASE_PROBE_TIMEOUT_S = env.float("DATABASE_PROBE_TIMEOUT_S", default=0.4)
DATABASE_RETRY_AFTER_S = env.float("DATABASE_RETRY_AFTER_S", default=0.5)  # between two probes of a server that is down
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
