"""Real embedded servers for one test, in a temporary folder."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.embedded.paths import Home
from assistant.embedded.servers import Servers
from assistant.embedded.supervisor import Supervised, inherited


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "data")
    home.make()
    return home


@contextmanager
def running(home: Home) -> Iterator[tuple[Supervised, dict[str, str]]]:
    """Start Postgres and Valkey of this home; return their URLs."""
    servers = Servers.for_environment(home, {})
    assert servers.postgres
    servers.postgres.create()
    supervised = Supervised(home, servers.programs(), inherited())
    try:
        servers.wait_until_ready()
        yield supervised, servers.addresses()
    finally:
        supervised.stop()


def eventually(true: Callable[[], object], limit_s: float = 20.0) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def python(*words: str, **environment: str) -> "subprocess.Popen[str]":
    """Run our Python and capture its output."""
    return subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    )
