"""Read the environment and `.env`. All other settings modules take their values from here."""

import os
import warnings
from pathlib import Path

from environs import Env

from assistant.embedded.paths import Home, env_file

env = Env()
BASE_DIR = Path(__file__).resolve().parents[2]
env.read_env(str(env_file()), recurse=False)

# Renamed settings. The old names work for one release, with a warning.
RENAMED = {
    "DATABASE_SILENCE_S": "DATABASE_PROBE_AFTER_S",
    "DATABASE_LOOK_TIMEOUT_S": "DATABASE_PROBE_TIMEOUT_S",
    "DATABASE_LEFT_ALONE_S": "DATABASE_RETRY_AFTER_S",
    "REDIS_LEFT_ALONE_S": "REDIS_RETRY_AFTER_S",
    "REPLY_BURST_S": "MESSAGE_COALESCING_S",
    "TAIL_MAX_TOKENS": "RECENT_HISTORY_MAX_TOKENS",
    "TAIL_CACHED_MAX_TOKENS": "RECENT_HISTORY_CACHED_MAX_TOKENS",
    "PREFIX_CACHE_LEAST_TOKENS": "PREFIX_CACHE_MIN_TOKENS",
    "WATCH_LEAST_CALLS": "ALERT_MIN_CALLS",
    "WATCH_TOKEN_RATIO": "ALERT_TOKEN_RATIO",
    "SOCKET_LOOK_INTERVAL_S": "SOCKET_POLL_INTERVAL_S",
}
for old, new in RENAMED.items():
    if old in os.environ:
        warnings.warn(f"The setting {old} is now called {new}. Rename it.", FutureWarning, stacklevel=2)
        os.environ.setdefault(new, os.environ[old])

# Servers started by `make run`, found from a second terminal too; empty before its first start.
EMBEDDED = Home.from_environment()
DATA_DIR = EMBEDDED.path
