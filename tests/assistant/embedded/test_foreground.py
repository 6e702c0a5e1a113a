"""`make run` with its own Postgres, Valkey, web and workers: first start, restart, stop and kill."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.embedded import state
from assistant.embedded.leftovers import leftovers
from assistant.embedded.paths import ROOT, Home
from tests.assistant.embedded.conftest import eventually

pytestmark = pytest.mark.timeout(600)


class Run:
    """One process of `python -m assistant.embedded`, with its output."""

    def __init__(self, home: Home, port: str, **more: str) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        # What pytest was given must not leak in: this shop brings its own servers.
        own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        own |= {"DJANGO_SETTINGS_MODULE": "assistant.settings", "DATA_DIR": str(home.path), "PORT": port}
        own |= {"LOCAL_MODEL_RUNTIME": "none", **more}
        self.said = home.path.with_suffix(f".{time.monotonic_ns()}.out")
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assistant.embedded"],
                cwd=ROOT,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.environment = own

    def until_open(self, limit_s: float = 400.0) -> str:
        over = eventually(lambda: "Ctrl-C stops" in self.text() or self.process.poll() is not None, limit_s)
        assert over, self.text()
        assert self.process.poll() is None, self.text()
        return self.text()

    def text(self) -> str:
        return self.said.read_text()

    def is_ready(self) -> bool:
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
            return bool(answer.status == 200)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(90)


@pytest.fixture(scope="module")
def shop_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("shop") / "data")


@pytest.fixture(scope="module")
def port() -> str:
    return state.free_port()


@pytest.fixture(scope="module")
def runs() -> Iterator[list[Run]]:
    """Every run so far; the last may still be running. They are few, because each start takes long."""
    runs: list[Run] = []
    yield runs
    for run in runs:
        run.end()


@pytest.fixture
def shop(runs: list[Run], shop_home: Home, port: str) -> Run:
    """The running shop of the previous test, or a new start with the same data."""
    if not runs or runs[-1].process.poll() is not None:
        runs.append(Run(shop_home, port))
    runs[-1].until_open()
    return runs[-1]


def test_it_opens_tells_where_and_ends_on_ctrl_c_with_nothing_left(shop: Run) -> None:
    told = shop.text()
    assert f"{shop.url}/admin/" in told
    assert re.search(r"rosa / \S{20,}", told)
    assert shop.is_ready()

    shop.process.send_signal(signal.SIGINT)

    assert shop.process.wait(60) == 0
    assert leftovers(shop.home) == []
    assert "Everything is kept" in shop.text()


def test_started_again_doctor_finds_everything(shop: Run) -> None:
    doctor = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--no-color"],
        cwd=ROOT,
        env=shop.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert doctor.returncode == 0, doctor.stdout + doctor.stderr


def test_a_second_run_of_the_same_data_is_refused(shop: Run) -> None:
    second = Run(shop.home, state.free_port())

    assert second.process.wait(60) == 1
    assert "is already running" in second.text()
    assert shop.is_ready()


def test_a_web_process_that_was_killed_is_started_again(shop: Run) -> None:
    web = next(process for process in leftovers(shop.home) if "assistant.server.serve" in " ".join(process.cmdline()))

    web.kill()

    def answers() -> bool:
        try:
            return shop.is_ready()
        except OSError:
            return False

    assert eventually(answers, 90)


def test_killed_with_kill_9_it_leaves_nothing(shop: Run) -> None:
    shop.process.kill()
    shop.process.wait()

    assert eventually(lambda: not leftovers(shop.home), 90)


def test_killed_it_starts_again_and_when_supervisor_is_killed_the_rest_goes_too(shop: Run) -> None:
    assert shop.is_ready()

    os.kill(int((shop.home.run / "supervisor.pid").read_text()), signal.SIGKILL)

    assert shop.process.wait(90) == 1
    assert leftovers(shop.home) == []


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = str(stranger.getsockname()[1])

        run = Run(home, taken)

        assert run.process.wait(60) == 1
    assert f"Port {taken} is taken" in run.text()
    assert "PORT=" in run.text()
    assert not home.postgres.exists()
