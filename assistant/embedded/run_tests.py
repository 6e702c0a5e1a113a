"""Run the tests in two groups: tests that assert durations run last, one at a time.

python -m assistant.embedded.run_tests ARGS...

ARGS are passed to pytest for both groups.
"""

import argparse
import subprocess
import sys

from assistant.embedded import parent_death

GROUPS = (("not timing", ["-n", "2", "--dist", "loadfile"]), ("timing", []))
PASSED, FAILED, NO_TESTS = 0, 1, 5  # pytest's exit statuses; others mean that it was stopped, or could not start


def command(group: str, options: list[str], arguments: list[str]) -> list[str]:
    """Return the command of a group. A `-m` in the arguments narrows it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marked")
    chosen, others = parser.parse_known_args(arguments)
    marked = f"({chosen.marked}) and {group}" if chosen.marked else group
    # Interrupting pytest stops what it started, even if this process is killed.
    until_we_end = [sys.executable, "-I", parent_death.__file__, "INT"]
    return [*until_we_end, sys.executable, "-m", "pytest", *options, *others, "-m", marked]


def verdict(statuses: list[int]) -> int:
    """Return the first failure status. A group without tests is no failure if the other has some."""
    telling = [status for status in statuses if status != NO_TESTS]
    return next((status for status in telling if status != PASSED), PASSED) if telling else NO_TESTS


def main(arguments: list[str]) -> int:
    statuses = []
    for group, options in GROUPS:
        statuses.append(subprocess.run(command(group, options, arguments), check=False).returncode)
        if statuses[-1] not in (PASSED, FAILED, NO_TESTS):
            break
    return verdict(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
