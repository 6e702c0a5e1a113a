"""The demo shop: migrate the database, load the data, start the programs, and watch them."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from assistant.embedded.console import tell
from assistant.embedded.paths import ROOT, TIED, Home
from assistant.embedded.programs import LOCAL_MODEL
from assistant.embedded.supervisor import ProgramFailed, Supervised, tail

READY_LIMIT_S = 240.0
STAFF = "rosa"
WELCOME = """
The shop is open.

  Demo shop with the widget   {url}/
  Staff                       {url}/admin/     {staff} / {password}
  API docs                    {url}/api/v1/docs/

  Until you set a budget, a model writes at most {per_ip_hour:,} replies per hour and {per_ip_day:,} per day for the
  anonymous visitors of one IP address, and {per_day:,} per day for a workspace. After that, answers quote articles.
  To change this, set ANONYMOUS_REPLIES_PER_IP_HOUR, ANONYMOUS_REPLIES_PER_IP_DAY and
  ANONYMOUS_REPLIES_PER_DAY in .env (0 means no limit). See docs/budgets.md.

  Data and logs are in {data}. In another terminal:
    .venv/bin/python manage.py ask "How long do I have to return something?"
    .venv/bin/python manage.py doctor
  Ctrl-C stops everything and keeps the data.
"""


class ShopFailed(Exception):
    """A step of the start failed. The text has the end of its log."""


@dataclass(slots=True)
class Shop:
    """The steps of `make run` after the servers: migrate, seed, start, and watch the programs."""

    home: Home
    supervised: Supervised
    environment: dict[str, str]
    url: str
    _read_chars: int = 0
    _reported: set[str] = field(default_factory=set)

    @property
    def kept_alive(self) -> list[str]:
        return [name for name in self.supervised.users if name != LOCAL_MODEL]

    def migrate(self) -> None:
        self._manage("migrate", "--no-input")

    def seed(self) -> None:
        self._manage("seed_demo")

    def _manage(self, *words: str) -> None:
        log = self.home.logs / f"{words[0]}.log"
        tie = [sys.executable, "-I", str(TIED), "TERM", sys.executable, "manage.py", *words]
        with log.open("w") as output:
            done = subprocess.run(
                tie,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise ShopFailed(f"manage.py {words[0]} failed. The end of {log}:\n{tail(log)}")

    def open(self) -> None:
        """Start web, workers and beat; return when /readyz is ready and the workers have started or failed to."""
        for name in self.kept_alive:
            self.supervised.start(name)
        deadline = time.monotonic() + READY_LIMIT_S
        while missing := self.missing():
            self.supervised.require(*self.kept_alive)
            if time.monotonic() > deadline:
                raise ShopFailed(f"{self.url}/readyz is not ready after {READY_LIMIT_S:.0f} s: {missing}")
            time.sleep(0.2)
        while self.missing(degraded=True) and time.monotonic() < deadline:
            self.supervised.require(*self.kept_alive)
            time.sleep(0.2)

    def missing(self, *, degraded: bool = False) -> str:
        """Return what /readyz still waits for; "" if ready. With `degraded`, include what replies can do without."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
                text = answer.read(2000).decode(errors="replace")
                return text if degraded and json.loads(text).get("degraded") else ""
        except urllib.error.HTTPError as error:
            return error.read(2000).decode(errors="replace")
        except OSError as error:
            return str(error)

    def welcome(self) -> str:
        password = self.environment["DEMO_STAFF_PASSWORD"]
        caps = {
            "per_ip_hour": settings.ANONYMOUS_REPLIES_PER_IP_HOUR,
            "per_ip_day": settings.ANONYMOUS_REPLIES_PER_IP_DAY,
            "per_day": settings.ANONYMOUS_REPLIES_PER_DAY,
        }
        return WELCOME.format(url=self.url, staff=STAFF, password=password, data=self.home.path, **caps)

    def watch(self) -> None:
        """Install the local model while the shop is open, and report progress. Never returns.

        Raises ProgramFailed if supervisor ends.
        """
        log = self.home.logs / "local_model.log"
        self._read_chars = log.stat().st_size if log.exists() else 0
        self.supervised.start(LOCAL_MODEL)
        while True:
            if not self.supervised.alive():
                raise ProgramFailed("supervisor was stopped by another program")
            self._print_progress(log)
            self._print_failures()
            time.sleep(0.5)

    def _print_progress(self, log: Path) -> None:
        if not log.exists() or log.stat().st_size <= self._read_chars:
            return
        with log.open(errors="replace") as file:
            file.seek(self._read_chars)
            new_text = file.read()
            self._read_chars = file.tell()
        for line in new_text.splitlines():
            if line.startswith("local model: "):
                tell(f"  {line}")

    def _print_failures(self) -> None:
        for name in self.kept_alive:
            if self.supervised.state(name) == "FATAL" and name not in self._reported:
                self._reported.add(name)
                tell(f"  {name} keeps failing to start; see {self.home.logs / name}.log")
