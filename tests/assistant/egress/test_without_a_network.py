"""EGRESS=none: the whole shop in a network namespace without a route, with a model over loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
# Root keeps its users, because Postgres will not run as root; others keep their own.
NAMESPACE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-cn", "--keep-caps"]
ALONE = [*NAMESPACE, sys.executable, str(HERE / "loopback_alone.py")]


@pytest.fixture(scope="module")
def result() -> dict[str, object]:
    try:
        allowed = subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("network namespaces are not allowed here")
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    servers = [sys.executable, "-m", "assistant.embedded.with_services", "--throwaway", "--"]
    shop = [sys.executable, "-m", "tests.assistant.egress.shop_without_network"]
    done = subprocess.run(
        [*ALONE, *servers, *shop], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert told, done.stdout[-2000:] + done.stderr[-4000:]
    return dict(json.loads(told[0].removeprefix("RESULT ")))


def test_the_shop_answers_with_a_model_of_this_machine(result):
    answers, calls = result["answers"], result["calls"]

    assert "30 days" in answers[0]
    assert answers[1]
    assert calls >= 1


def test_nothing_tries_to_reach_another_machine(result):
    assert result["elsewhere"] == []
    assert result["blocked"] == 0


def test_what_does_try_is_refused(result):
    assert result["refused"] == 1
