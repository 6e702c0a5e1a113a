"""Values in `.env` apply to the embedded servers too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.embedded import paths

NAMES = ("PG_BINDIR", "VALKEY_SERVER", "DATA_DIR")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose .env has a Postgres, a Valkey and a data folder, and an environment without them."""
    for program in ("postgres", "valkey"):
        (tmp_path / program).touch()
    named = zip(NAMES, (tmp_path, tmp_path / "valkey", tmp_path / "data"), strict=True)
    (tmp_path / ".env").write_text("".join(f"{name}={path}\n" for name, path in named))
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENV_FILE", str(tmp_path / ".env"))
    return tmp_path


def test_servers_and_data_are_looked_for_where_the_file_names_them(checkout: Path) -> None:
    assert paths.postgres_binaries() == checkout
    assert paths.valkey_binary() == checkout / "valkey"
    assert paths.Home.from_environment().path == checkout / "data"


def test_what_the_file_says_is_not_for_tests(checkout: Path) -> None:
    (checkout / "own").write_text("LARGE_MODEL_URL=https://models.example/v1\nREDIS_URL=redis://redis.example/0\n")
    command = [sys.executable, "-c", "from tests import settings; print(settings.LARGE_MODEL_URL, settings.REDIS_URL)"]
    own = {name: value for name, value in os.environ.items() if name not in ("LARGE_MODEL_URL", "REDIS_URL")}

    told = subprocess.run(
        command,
        cwd=paths.ROOT,
        env={**own, "ENV_FILE": str(checkout / "own")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "example" not in told.stdout


def test_the_environment_goes_before_the_file(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(checkout / "elsewhere"))

    assert paths.Home.from_environment().path == checkout / "elsewhere"
