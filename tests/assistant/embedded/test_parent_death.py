"""A program ends when its parent does."""

import sys

import psutil
import pytest

from assistant.embedded.paths import ROOT, TIED
from tests.assistant.embedded.conftest import eventually, python

SLEEP = [sys.executable, "-c", "import time; time.sleep(300)"]
BY_THE_KERNEL = [sys.executable, "-I", str(TIED), "TERM", *SLEEP]
# What macOS does: no kernel promise, a watcher in between.
BY_WATCHING = [
    sys.executable,
    "-c",
    "import os, signal; from assistant.embedded.parent_death import watch; "
    f"watch({SLEEP!r}, signal.SIGTERM, parent=os.getppid())",
]


@pytest.mark.parametrize("command", [BY_THE_KERNEL, BY_WATCHING], ids=["kernel", "watcher"])
def test_a_program_ends_when_its_parent_is_killed(command: list[str]) -> None:
    code = f"import subprocess; subprocess.Popen({command!r}, cwd={str(ROOT)!r}).wait()"
    parent = python("-c", code)
    family = psutil.Process(parent.pid)
    assert eventually(lambda: any(child.cmdline()[1:] == SLEEP[1:] for child in family.children(True)))
    children = family.children(recursive=True)

    parent.kill()
    parent.wait()

    assert eventually(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))


def test_a_program_that_ends_by_itself_hands_on_its_exit_status() -> None:
    tied = python("-I", str(TIED), "TERM", sys.executable, "-c", "raise SystemExit(7)")

    assert tied.wait(20) == 7
