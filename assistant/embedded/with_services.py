"""Run one command with an embedded Postgres and Valkey of its own, stopped afterwards.

python -m assistant.embedded.with_services [--throwaway] -- COMMAND ARGS...

The command gets DATABASE_URL, REDIS_URL and a SECRET_KEY; existing values are used. --throwaway keeps no data, does not
wait for the disk, and ignores servers that only .env names.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from assistant.embedded import state
from assistant.embedded.paths import Home, environment_with_file, value_of
from assistant.embedded.servers import Servers
from assistant.embedded.supervisor import Supervised, inherited

PROGRAMS = ("PG_BINDIR", "VALKEY_SERVER", "CHROMIUM")


def run(command: list[str], home: Home, *, careless: bool) -> int:
    """Start the servers, run the command, stop the servers; return the command's exit status."""
    home.make()
    environment = environment_with_file()
    servers = Servers.for_environment(home, environment, careless=careless)
    if servers.postgres:
        servers.postgres.create()
    addresses = servers.addresses()
    supervised = Supervised(home, servers.programs(), inherited()) if addresses else None
    try:
        servers.wait_until_ready()
        program_environment = inherited(**addresses, SECRET_KEY=state.secret(home, environment))
        return subprocess.run(command, env=program_environment, check=False).returncode
    finally:
        if supervised:
            supervised.stop()


def leave_the_file() -> None:
    """Use only the programs from `.env`, so that nothing is tested on a shop's servers."""
    os.environ.update({name: value_of(name) for name in PROGRAMS if value_of(name)})
    os.environ["ENV_FILE"] = os.devnull


def leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(prog="with_services", description=__doc__)
    parser.add_argument("--throwaway", action="store_true", help="keep nothing afterwards")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    command = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
    signal.signal(signal.SIGTERM, leave)
    with ExitStack() as stack:
        home = Home.from_environment()
        if chosen.throwaway:
            leave_the_file()
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="brevity-"))
            home = Home(Path(folder).resolve())
        sys.exit(run(command, home, careless=chosen.throwaway))


if __name__ == "__main__":
    main()
