"""Start, query and stop supervisor, the process that keeps the other processes running."""

import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from assistant.embedded.leftovers import wait_for_the_end
from assistant.embedded.paths import TIED, Home
from assistant.embedded.programs import MARK, Program, configuration

START_LIMIT_S = 15.0
STOP_LIMIT_S = 60.0
RUNS = {"STARTING", "RUNNING", "BACKOFF"}


class ProgramFailed(Exception):
    """Supervisor, or one of its programs, does not start. The text names the log."""


class Supervised:
    """The running supervisor of one home."""

    def __init__(self, home: Home, programs: list[Program], environment: Mapping[str, str]) -> None:
        """Start supervisor and the programs marked `at_once`.

        All programs inherit `environment`.
        """
        self.home = home
        self.servers = [program.name for program in programs if program.at_once]
        self.users = [program.name for program in programs if not program.at_once]
        home.control_socket.unlink(missing_ok=True)
        path = home.run / "supervisor.conf"
        path.touch(mode=0o600)
        path.write_text(configuration(home, programs))
        with (home.logs / "supervisor.out").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-I", str(TIED), "TERM", *supervisord(), "-c", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**environment, MARK: str(home.path)},
                # Ctrl-C reaches only the foreground program, which then stops the rest in order.
                start_new_session=True,
            )
        self.control = control_of(home)
        self._wait_for_control()

    def _wait_for_control(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self.alive():
            if self.home.control_socket.exists():
                return
            time.sleep(0.02)
        self.stop()
        output = (self.home.logs / "supervisor.out").read_text()
        raise ProgramFailed(f"supervisor did not start: {output[-2000:]}")

    def alive(self) -> bool:
        return self.process.poll() is None

    def start(self, name: str) -> None:
        self.control.supervisor.startProcess(name, False)

    def state(self, name: str) -> str:
        """Return supervisor's name of the state: RUNNING, STARTING, EXITED, BACKOFF, FATAL, STOPPED."""
        info = cast(dict[str, Any], self.control.supervisor.getProcessInfo(name))
        return str(info["statename"])

    def require(self, *names: str) -> None:
        """Raise ProgramFailed if one of these programs repeatedly fails to start."""
        for name in names:
            if not self.alive():
                raise ProgramFailed("supervisor was stopped by another program")
            if self.state(name) == "FATAL":
                log = self.home.logs / f"{name}.log"
                raise ProgramFailed(f"{name} failed to start. The end of {log}:\n{tail(log)}")

    def stop(self) -> None:
        """Stop every program, the servers last, and wait until none is left."""
        if self.alive():
            # Ctrl-C may have interrupted a request and left this connection unusable.
            self.control = control_of(self.home)
            # A supervisor that does not respond is stopped all the same.
            with suppress(OSError, HTTPException, xmlrpc.client.Error):
                self._stop_side_by_side(self.users)
                self._stop_side_by_side(self.servers)
            self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        wait_for_the_end(self.home)
        self.home.control_socket.unlink(missing_ok=True)

    def _stop_side_by_side(self, names: list[str]) -> None:
        """Stop these programs concurrently; supervisor alone stops one per second."""
        for name in names:
            if self.state(name) in RUNS:
                self.control.supervisor.stopProcess(name, False)
        deadline = time.monotonic() + STOP_LIMIT_S
        while any(self.state(name) in {*RUNS, "STOPPING"} for name in names) and time.monotonic() < deadline:
            time.sleep(0.05)


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def control_of(home: Home) -> xmlrpc.client.ServerProxy:
    transport = SupervisorTransport("", "", f"unix://{home.control_socket}")
    return xmlrpc.client.ServerProxy("http://supervisor", transport=transport)


def supervisord() -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord"]


def inherited(**more: str) -> dict[str, str]:
    """Return our own environment with additions.

    Python's output is unbuffered, and code compiled at the first start is cached for the next ones.
    """
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, "PYTHONUNBUFFERED": "1", **more}
