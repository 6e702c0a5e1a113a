"""The embedded PostgreSQL: creates its files once, and gives supervisor its command line."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import psycopg

from assistant.embedded import state
from assistant.embedded.paths import TIED, Home, postgres_binaries, value_of

START_LIMIT_S = 60.0
# One vector for each fast path of the distance functions.
SELF_TEST = (
    "SELECT round((array_fill(2::real, ARRAY[384])::vector <-> array_fill(1::real, ARRAY[384])::vector)::numeric, 3)"
)
SELF_TEST_ANSWER = "19.596"
TUNING = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    # Enough to build an HNSW index over 100 000 vectors of 384 numbers in memory.
    "maintenance_work_mem": "256MB",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_min_duration_statement": "1000",
}
# For databases that are thrown away after the tests.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresUnusable(Exception):
    """The embedded Postgres cannot be used. The text says why, and what to do."""


class Identity(Enum):
    """The user that the server runs as: Postgres refuses to be root."""

    OURSELVES = ""
    NAMESPACE = "--in-namespace"
    NOBODY = "--as-nobody"


@dataclass(frozen=True, slots=True)
class Postgres:
    """One embedded server: the paths of its files and binaries, and its user."""

    home: Home
    data: Path
    binaries: Path
    identity: Identity

    def command(self, *, careless: bool = False) -> list[str]:
        """Return the command line that runs the server in the foreground until its parent dies."""
        options = TUNING | (CARELESS if careless else {})
        options |= {
            "listen_addresses": "127.0.0.1",
            "port": state.read(self.home)["postgres_port"],
            "unix_socket_directories": "",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        # SIGINT is Postgres' fast shutdown: sessions end, and committed data is kept.
        return self._tied("INT", "postgres", "-D", str(self.data), *words)

    def _tied(self, number: str, program: str, *words: str) -> list[str]:
        who = [self.identity.value] if self.identity.value else []
        front = [sys.executable, "-I", str(TIED), *who, number]
        return [*front, str(self.binaries / program), *words]

    def create(self) -> bool:
        """Create the data folder if needed. Returns True if it was created.

        Raises PostgresUnusable if the folder was written by another major version.
        """
        version_file = self.data / "PG_VERSION"
        if version_file.exists():
            self._require_same_major(version_file.read_text().strip())
            return False
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.identity is Identity.NOBODY:
            shutil.chown(self.data, "nobody")
        self._initdb(state.keep(self.home, "postgres_password", state.password))
        return True

    def _initdb(self, password: str) -> None:
        password_file = self.data.parent / "postgres-password"
        password_file.touch(mode=0o600)
        password_file.write_text(f"{password}\n")
        if self.identity is Identity.NOBODY:
            shutil.chown(password_file, "nobody")
        locale = "C" if sys.platform == "darwin" else "C.UTF-8"
        words = ["-D", str(self.data), "-U", "brevity", f"--pwfile={password_file}"]
        words += ["--auth=scram-sha-256", "-E", "UTF8", f"--locale={locale}", "--no-instructions"]
        command = self._tied("KILL", "initdb", *words)
        result = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        password_file.unlink()
        if result.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise PostgresUnusable(
                f"initdb failed:\n{result.stderr.strip()}\nSet DATABASE_URL to a PostgreSQL with pgvector."
            )

    def _require_same_major(self, written_by: str) -> None:
        output = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        ours = output.stdout.split()[2].split(".")[0]
        if ours != written_by:
            raise PostgresUnusable(
                f"{self.data} was written by PostgreSQL {written_by}, and this is PostgreSQL {ours}. "
                f"Set PG_BINDIR to a PostgreSQL {written_by} and copy the data over with pg_dump, "
                "as docs/operate.md shows."
            )

    def wait_until_ready(self) -> None:
        """Wait until the server answers and has the database, and check that its pgvector suits this CPU."""
        url = state.database_url(self.home)
        deadline = time.monotonic() + START_LIMIT_S
        with connected(url.removesuffix("/brevity") + "/postgres", deadline) as admin:
            exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = 'brevity'").fetchone()
            if not exists:
                admin.execute("CREATE DATABASE brevity")
        self._test_vectors(url)

    def _test_vectors(self, url: str) -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
                answer = connection.execute(SELF_TEST).fetchone()
        except psycopg.OperationalError as error:
            raise PostgresUnusable(
                "The embedded pgvector does not run on this processor (the server crashed on a vector "
                "operation). Set DATABASE_URL to a PostgreSQL with pgvector, or PG_BINDIR to one built on this machine."
            ) from error
        if answer is None or str(answer[0]) != SELF_TEST_ANSWER:
            raise PostgresUnusable(f"The embedded pgvector computes wrong results: {answer}. Set DATABASE_URL.")


def connected(url: str, deadline: float) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as soon as possible. Raises PostgresUnusable after the deadline."""
    while True:
        try:
            return psycopg.connect(url, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise PostgresUnusable(
                    f"The embedded Postgres doesn't respond: {error}. Its log: DATA_DIR/logs/postgres.log"
                ) from error
        time.sleep(0.05)


def embedded(home: Home) -> Postgres:
    """Return the server of this home, configured for this machine."""
    identity = identity_here()
    state.port(home, "postgres_port")
    if identity is Identity.NOBODY:
        return in_a_public_place(home)
    return Postgres(home, home.postgres, postgres_binaries(), identity)


def identity_here() -> Identity:
    if os.geteuid() != 0:
        return Identity.OURSELVES
    tried = subprocess.run(
        [sys.executable, "-I", str(TIED), "--in-namespace", "KILL", "/bin/true"],
        capture_output=True,
        check=False,
    )
    return Identity.NAMESPACE if tried.returncode == 0 else Identity.NOBODY


def in_a_public_place(home: Home, shelf: Path = Path("/var/lib")) -> Postgres:
    """Return the server for root if user namespaces are refused: it runs as `nobody`.

    `nobody` cannot read /root, so data and binaries are in a public folder. No folder of the user's is opened for it.
    """
    place = shelf / f"brevity-{home.key}"
    place.mkdir(mode=0o755, exist_ok=True)
    binaries = postgres_binaries()
    if not value_of("PG_BINDIR"):
        binaries = copied(binaries, place / "wheel")
    return Postgres(home, place / "data", binaries, Identity.NOBODY)


def copied(binaries: Path, wheel: Path) -> Path:
    """Copy the wheel's binaries with the libraries that they look for three folders up."""
    package = binaries.parents[1]
    copy = wheel / package.name / binaries.parent.name
    if not copy.exists():
        shutil.copytree(binaries.parent, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, wheel / libraries.name, dirs_exist_ok=True)
    return copy / "bin"
