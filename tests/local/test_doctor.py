"""manage.py doctor names what is missing, and the cure."""

import os
import subprocess
import sys

from assistant.local.paths import ROOT


def doctor(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", "--no-color"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "assistant.settings", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_servers_it_names_them_and_the_cure() -> None:
    told = doctor(DATABASE_URL="postgresql://brevity@127.0.0.1:1/brevity", REDIS_URL="redis://127.0.0.1:1/0")

    assert told.returncode == 1
    assert "MISSING   Postgres" in told.stdout
    assert "DATABASE_URL" in told.stdout
    assert "MISSING   Redis" in told.stdout
    assert "make run" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr


def test_a_large_model_that_does_not_answer_is_named() -> None:
    told = doctor(LARGE_MODEL_URL="http://127.0.0.1:1/v1", LARGE_MODEL="some")

    assert "MISSING   large model" in told.stdout
    assert "Check LARGE_MODEL_URL" in told.stdout
