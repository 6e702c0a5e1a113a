"""A setting that was renamed works under its old name for one release, with a warning."""

import os
import subprocess
import sys

from assistant.embedded.paths import ROOT
from assistant.settings.environment import RENAMED

PROGRAM = "from assistant import settings; print(settings.RECENT_HISTORY_MAX_TOKENS)"


def read(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in RENAMED | {"ENV_FILE": ""}}
    environment |= {"ENV_FILE": os.devnull, "SECRET_KEY": "x" * 50} | variables
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )


def test_the_old_name_of_a_setting_works_and_says_the_new_one() -> None:
    found = read(TAIL_MAX_TOKENS="321")

    assert found.stdout.strip() == "321"
    assert "TAIL_MAX_TOKENS is now called RECENT_HISTORY_MAX_TOKENS" in found.stderr


def test_the_new_name_counts_where_both_are_set() -> None:
    assert read(TAIL_MAX_TOKENS="321", RECENT_HISTORY_MAX_TOKENS="432").stdout.strip() == "432"


def test_no_old_name_is_read_any_more() -> None:
    assert not set(RENAMED) & set(RENAMED.values())
