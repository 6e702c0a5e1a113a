"""Sessions are never signed with a publicly known key (row C6)."""

import os
import subprocess
import sys

import pytest

from assistant.embedded import state
from assistant.embedded.paths import ROOT, Home

PROGRAMS = {
    "web": ["-m", "assistant.server.serve"],
    "worker": ["-m", "celery", "-A", "assistant.celery:app", "worker", "--pool=solo"],
    "manage.py": ["manage.py", "check"],
}


def started(home: Home, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "assistant.settings",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(home.path),
        "SECRET_KEY": "",
        **environment,
    }
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=given, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_a_secret_key_nothing_starts_and_the_cure_is_told(home: Home, program: str) -> None:
    refused = started(home, *PROGRAMS[program])

    assert refused.returncode != 0
    assert "SECRET_KEY is not set" in refused.stderr
    assert "make run" in refused.stderr
    assert "secrets.token_urlsafe(50)" in refused.stderr


def test_a_second_terminal_uses_the_key_that_make_run_keeps(home: Home) -> None:
    key = state.secret(home, {})

    told = started(home, "-c", "from assistant import settings; print(settings.SECRET_KEY)")

    assert told.stdout.strip() == key


def test_a_key_of_the_environment_wins(home: Home) -> None:
    state.secret(home, {})

    told = started(home, "-c", "from assistant import settings; print(settings.SECRET_KEY)", SECRET_KEY="k" * 50)

    assert told.stdout.strip() == "k" * 50
