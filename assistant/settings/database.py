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
                "reconnect_timeout": 2.0,  # then whoever comes next tries, and not an ever later timer
            },
            "connect_timeout": env.int("DATABASE_CONNECT_TIMEOUT_S", default=3),
            "server_side_binding": True,
            # After so many times a statement is parsed, and as a rule planned, once in a connection. None: never,
            # for a pooler that hands a connection on after each transaction.
            "prepare_threshold": 5 if env.bool("DATABASE_PREPARE", default=True) else None,
            "options": (
                f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', default=60_000)} "
                f"-c lock_timeout={env.int('DATABASE_LOCK_TIMEOUT_MS', default=5_000)} "
                # 0: what the system's memory holds is read at once, and not by another process of Postgres' own.
                f"-c effective_io_concurrency={env.int('DATABASE_IO_CONCURRENCY', default=0)}"
            ),
        },
    }
}
DATABASE_QUEUE_TIMEOUT_S = env.float("DATABASE_QUEUE_TIMEOUT_S", default=30.0)  # for a connection of a busy server
DATABASE_PROBE_AFTER_S = env.float(
    "DATABASE_PROBE_AFTER_S", default=0.8
)  # then who waits for an answer looks who is there
DATABASE_PROBE_TIMEOUT_S = env.float("DATABASE_PROBE_TIMEOUT_S", default=0.4)
DATABASE_RETRY_AFTER_S = env.float("DATABASE_RETRY_AFTER_S", default=0.5)  # between two looks at one that is away
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
