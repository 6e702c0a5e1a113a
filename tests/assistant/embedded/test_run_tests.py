"""`make test` runs the tests in two groups, and fails if either fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.embedded.paths import ROOT
from assistant.embedded.run_tests import verdict

QUICK = "def test_quick(): assert {quick}\n"
TIMED = "import os, pytest\n@pytest.mark.timing\ndef test_timed(): assert {timed}\n"
ALONE = "'PYTEST_XDIST_WORKER' not in os.environ"


@pytest.fixture
def run(tmp_path: Path):
    """Run the groups on a separate project: `run(quick="True")` returns the exit status and the output."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    timing\n    slow\n")

    def ran(*arguments: str, quick: str = "", timed: str = "") -> tuple[int, str]:
        test = QUICK.format(quick=quick) if quick else ""
        (tmp_path / "test_it.py").write_text(test + (TIMED.format(timed=timed) if timed else ""))
        command = [sys.executable, "-m", "assistant.embedded.run_tests", "-p", "no:cacheprovider", *arguments]
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        quickly = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin"}
        environment = {**outside, **quickly, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return ran


def test_both_groups_are_run_and_the_timed_one_alone(run):
    status, output = run(quick="True", timed=ALONE)

    assert status == 0, output
    assert output.count("1 passed") == 2


@pytest.mark.parametrize(("quick", "timed"), [("False", "True"), ("True", "False")])
def test_a_failure_in_either_group_is_one_of_all(run, quick, timed):
    status, output = run(quick=quick, timed=timed)

    assert status == 1
    assert "1 failed" in output
    assert "1 passed" in output


@pytest.mark.parametrize("asked", ["quick", "timed"])
def test_a_group_without_tests_is_no_failure(run, asked):
    """`make test ARGS="-k quick"`"""
    status, output = run("-k", asked, "-m", "not slow", quick="True", timed="True")

    assert status == 0, output
    assert output.count("1 passed") == 1


def test_no_tests_at_all_are_one(run):
    assert run("-k", "nothing", quick="True", timed="True")[0] == 5


def test_a_run_that_cannot_begin_is_told_at_once(run):
    status, output = run("--no-such-option", quick="True")

    assert status == 4
    assert output.count("unrecognized arguments") == 1


@pytest.mark.parametrize(("statuses", "expected"), [([0, 0], 0), ([5, 1], 1), ([3], 3), ([1, 2], 1), ([5, 5], 5)])
def test_the_verdict_is_the_first_failure(statuses, expected):
    assert verdict(statuses) == expected
