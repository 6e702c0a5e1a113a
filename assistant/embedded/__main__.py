"""Start the demo shop and everything it needs, stay in the foreground, and stop everything on Ctrl-C.

python -m assistant.embedded [--stop-with-parent]        (what `make run` does)
"""

import fcntl
import os
import signal
import sys
from types import FrameType

from assistant.embedded import leftovers, state
from assistant.embedded.console import step, tell
from assistant.embedded.parent_death import die_with_parent
from assistant.embedded.paths import Home, NotInstalled, environment_with_file
from assistant.embedded.postgres import PostgresUnusable
from assistant.embedded.programs import shop_programs
from assistant.embedded.servers import Servers
from assistant.embedded.shop import Shop, ShopFailed
from assistant.embedded.supervisor import ProgramFailed, Supervised, inherited
from assistant.embedded.valkey import ValkeyUnusable

CANNOT_RUN = (NotInstalled, PostgresUnusable, ValkeyUnusable, ProgramFailed, ShopFailed)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Raised on Ctrl-C, SIGTERM, a closed terminal, or when the parent process dies."""


def stop(number: int, _frame: FrameType | None) -> None:
    for further in STOPPING:  # one request is enough; a second must not disturb the stopping
        signal.signal(further, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


def take_lock(home: Home) -> int:
    """Make this the only run of its home, for as long as the process lives."""
    lock = os.open(home.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(
            f"The shop is already running from {home.path}. Stop it (Ctrl-C in its terminal), or start "
            "another one: DATA_DIR=/another/folder PORT=8001 make run"
        )
    return lock


def address(environment: dict[str, str]) -> tuple[str, int]:
    """Host and port of the web process. Exits if the port is in use."""
    host, port = environment.get("HOST") or "127.0.0.1", int(environment.get("PORT") or 8000)
    if not state.is_free(port, host):
        sys.exit(f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make run")
    return host, port


def secrets(home: Home, environment: dict[str, str]) -> dict[str, str]:
    """Secrets generated at the first start, unless the environment sets them."""
    staff_password = environment.get("DEMO_STAFF_PASSWORD") or state.keep(home, "staff_password", state.password)
    return {"SECRET_KEY": state.secret(home, environment), "DEMO_STAFF_PASSWORD": staff_password}


def run(home: Home, environment: dict[str, str]) -> None:
    """Start everything in order, then watch it until it is stopped."""
    if leftovers.leftovers(home):
        with step("Waiting for an earlier run to stop"):
            leftovers.wait_for_the_end(home)
    host, port = address(environment)
    servers = Servers.for_environment(home, environment)
    if servers.postgres:
        with step("Preparing the embedded Postgres"):
            servers.postgres.create()
    program_environment = inherited(**servers.addresses(), **secrets(home, environment), DATA_DIR=str(home.path))
    programs = [*servers.programs(), *shop_programs(home, int(environment.get("WEB_PROCESSES") or 1))]
    supervised = Supervised(home, programs, program_environment)
    try:
        with step("Starting " + (" and ".join(program.name for program in servers.programs()) or "supervisor")):
            servers.wait_until_ready()
        shop = Shop(
            home, supervised, program_environment, f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
        )
        with step("Migrating the database"):
            shop.migrate()
        with step("Loading the demo shop"):
            shop.seed()
        with step("Starting web, workers and beat"):
            shop.open()
        tell(shop.welcome())
        shop.watch()
    finally:
        with step("Stopping"):
            supervised.stop()


def main() -> None:
    for number in STOPPING:
        signal.signal(number, stop)
    if "--stop-with-parent" in sys.argv[1:] and sys.platform == "linux":
        die_with_parent(signal.SIGTERM, parent=os.getppid())
    environment = environment_with_file()
    home = Home.from_environment()
    home.make()
    lock = take_lock(home)
    try:
        run(home, environment)
    except Stopped:
        tell("  Stopped. Everything is kept.")
    except CANNOT_RUN as error:
        sys.exit(f"\n{error}")
    finally:
        os.close(lock)


if __name__ == "__main__":
    main()
