"""A Valkey and a Postgres for one test: real processes to stop, kill and restart."""

import os
import shutil
import signal
import subprocess
import time

import psutil
import psycopg

from assistant.embedded import postgres, state, valkey
from assistant.embedded.paths import Home
from assistant.embedded.postgres import Postgres


class Server:
    def __init__(self, home: Home, command: list[str]) -> None:
        self.home = home
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """From the thread that outlives it: at the end of a thread what was started from it ends too."""
        with (self.home.logs / "server.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)

    def wait_until_ready(self) -> None:
        raise NotImplementedError

    def everyone(self) -> list[psutil.Process]:
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def freeze(self) -> None:
        """All its connections stay open, and nothing answers."""
        for process in self.everyone():
            process.suspend()

    def thaw(self) -> None:
        for process in self.everyone():
            process.resume()

    def kill(self) -> None:
        """At once, as `kill -9` of all its processes does."""
        everyone = self.everyone()
        for process in everyone:
            process.kill()
        psutil.wait_procs(everyone, timeout=30)

    def stop(self) -> None:
        """As an operator does, whatever state it is in."""
        assert self.process is not None
        if self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


class OwnValkey(Server):
    def __init__(self, home: Home) -> None:
        valkey.prepare(home)
        super().__init__(home, valkey.command(home))
        self.url = state.redis_url(home)

    def wait_until_ready(self) -> None:
        valkey.wait_until_ready(self.home)

    def forget_everything(self) -> None:
        """What it kept on disk; while it does not run."""
        shutil.rmtree(self.home.valkey / "appendonlydir")


class OwnPostgres(Server):
    def __init__(self, home: Home, embedded: Postgres) -> None:
        super().__init__(home, embedded.command())
        self.embedded = embedded
        self.url = state.database_url(home)

    def wait_until_ready(self) -> None:
        postgres.connected(self.url.removesuffix("/brevity") + "/postgres", time.monotonic() + 60).close()

    def take_over(self, url: str) -> None:
        """Have what another database holds, and nothing else."""
        with psycopg.connect(self.url.removesuffix("/brevity") + "/postgres", autocommit=True) as operator:
            operator.execute("DROP DATABASE IF EXISTS brevity WITH (FORCE)")
            operator.execute("CREATE DATABASE brevity")
        dump = [self.embedded.binaries / "pg_dump", "--no-owner", url]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as read:
            psql = [self.embedded.binaries / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, self.url]
            subprocess.run(psql, stdin=read.stdout, check=True)
        assert read.returncode == 0
