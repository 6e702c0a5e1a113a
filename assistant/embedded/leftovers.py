"""Processes of an earlier run that have not stopped yet."""

import time

import psutil

from assistant.embedded.paths import Home
from assistant.embedded.programs import MARK

PATIENCE_S = 30.0


def leftovers(home: Home) -> list[psutil.Process]:
    """Return every process started for this home, except ourselves."""
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home.path) and process.pid != psutil.Process().pid:
                processes.append(process)
        except psutil.Error:
            continue  # it has ended, or is not ours
    return processes


def wait_for_the_end(home: Home, patience_s: float = PATIENCE_S) -> int:
    """Wait until none is left; return the number of processes that had to be killed."""
    deadline = time.monotonic() + patience_s
    while left := leftovers(home):
        if time.monotonic() > deadline:
            for process in left:
                kill(process)
            return len(left)
        time.sleep(0.1)
    return 0


def kill(process: psutil.Process) -> None:
    try:
        process.kill()
        process.wait(5)
    except psutil.Error:
        return  # it ended by itself
