"""The embedded Valkey, a Redis-compatible server."""

import sys
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from assistant.embedded import state
from assistant.embedded.paths import TIED, Home, valkey_binary

START_LIMIT_S = 30.0


class ValkeyUnusable(Exception):
    """The embedded Valkey doesn't respond. The text says where its log is."""


def prepare(home: Home) -> None:
    """Choose port and password once, and write the configuration, readable only by the owner."""
    port = state.port(home, "valkey_port")
    password = state.keep(home, "valkey_password", state.password)
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{home.valkey}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        # A full queue must refuse tasks, not drop them.
        "maxmemory-policy noeviction",
        "daemonize no",
        # Renaming the process would lose the environment by which leftovers.py recognises it.
        "set-proc-title no",
    ]
    configuration = home.valkey / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("\n".join(lines) + "\n")


def command(home: Home) -> list[str]:
    """Return the command line that runs the server in the foreground until its parent dies."""
    server = [str(valkey_binary()), str(home.valkey / "valkey.conf")]
    return [sys.executable, "-I", str(TIED), "TERM", *server]


def wait_until_ready(home: Home) -> None:
    """Wait until the server answers and has loaded its file."""
    client = redis.Redis.from_url(state.redis_url(home), socket_timeout=2, retry=Retry(NoBackoff(), 0))
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            client.ping()
        except redis.exceptions.ConnectionError as error:  # includes BusyLoadingError
            if time.monotonic() > deadline:
                raise ValkeyUnusable(
                    f"The embedded Valkey doesn't respond: {error}. Its log: {home.logs / 'valkey.log'}"
                ) from error
            time.sleep(0.05)
        else:
            client.close()
            return
