"""Processes to kill: a web server and a worker on the test database, and a fake model server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from assistant.embedded import postgres
from assistant.embedded.paths import Home
from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from tests.faults.servers import OwnPostgres, OwnValkey
from tests.faults.things import THINGS, article_about

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
START_LIMIT_S = 90


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them ask within what time a customer is answered, or need the machine's whole attention."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timing)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            assert process.poll() is None, f"{url}: its process ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{url} did not answer"
            time.sleep(0.1)


class Processes:
    """Starts and kills; whatever is left at the end of a test is killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.environment, start_new_session=True)
        self.running.append(process)
        return process

    def web(self) -> subprocess.Popen[bytes]:
        process = self.start("-m", "assistant.server.serve")
        wait_for(f"http://127.0.0.1:{self.environment['PORT']}/healthz", process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        schedule = f"{self.environment['DATA_DIR']}/schedule"
        options = ["-c", "1", "-B", "-s", schedule, "-Q", "celery,local_model", "--loglevel", "warning"]
        return self.start("-m", "celery", "-A", "assistant.celery:app", "worker", *options)

    @staticmethod
    def kill(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
        os.killpg(process.pid, number)
        process.wait(30)

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def articles_about_things(transactional_db: None, workspace: Workspace) -> None:
    for thing in THINGS:
        said = {"title": f"How to send {thing} back", "body": article_about(thing), "url": f"/help/{thing}"}
        publishing.publish(publishing.save_draft(workspace, external_id=thing, **said))


@pytest.fixture
def upstream() -> Iterator[str]:
    """A fake OpenAI-compatible server that writes slowly; gives its base URL."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.fake_openai", "--port", str(port), "--tokens-per-s", "5"], cwd=ROOT
    )
    wait_for(f"http://127.0.0.1:{port}/log", process)
    yield f"http://127.0.0.1:{port}/v1"
    process.kill()
    process.wait()


@pytest.fixture
def processes(transactional_db: None, upstream: str, tmp_path: Path, settings: Any) -> Iterator[Processes]:
    """Processes of the shop, wired to the test database and the fake model server."""
    database = connection.settings_dict
    address = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "assistant.settings",
        "DATABASE_URL": f"postgresql://{address}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "DATA_DIR": str(settings.DATA_DIR),
        "PORT": str(free_port()),
        "LARGE_MODEL_URL": upstream,
        "LARGE_MODEL": "fake",
        "REPLY_LEASE_S": "2",
        "OMP_NUM_THREADS": "1",
        # All customers have one address.
        "ANONYMOUS_REPLIES_PER_IP_HOUR": "0",
        "NEW_SESSIONS_PER_IP_MINUTE": "0",
    }
    started = Processes(environment)
    yield started
    started.end()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(made_home(tmp_path / "valkey"))
    server.start()
    server.wait_until_ready()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    home = made_home(tmp_path_factory.mktemp("postgres"))
    embedded = postgres.embedded(home)
    embedded.create()
    server = OwnPostgres(home, embedded)
    server.start()
    server.wait_until_ready()
    yield server
    server.stop()
    if embedded.data != home.postgres:  # root's lies in a place of its own
        shutil.rmtree(embedded.data.parent)


def made_home(path: Path) -> Home:
    home = Home(path)
    home.make()
    return home
