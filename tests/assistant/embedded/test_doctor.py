"""manage.py doctor reports what is missing, and how to fix it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from assistant.embedded import checks
from assistant.embedded.paths import ROOT

asked: list[tuple[str, str]] = []  # path, and the key under the name that Azure gives it


class Answers(BaseHTTPRequestHandler):
    """Responds with 200 to every request, as a model server or as a proxy."""

    def do_GET(self) -> None:
        asked.append((self.path, self.headers.get("api-key", "")))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def answering() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


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


def test_a_large_model_whose_address_has_a_query_is_asked_behind_its_path(answering: str) -> None:
    """Findings D: Azure's ?api-version=."""
    asked.clear()

    told = doctor(LARGE_MODEL_URL=f"{answering}/openai/v1?api-version=preview", LARGE_MODEL_KEY="k", LARGE_MODEL="m")

    assert "responds" in next(line for line in told.stdout.splitlines() if "large model" in line)
    assert asked == [("/openai/v1/models?api-version=preview", "k")]


def test_a_forgotten_proxy_is_not_asked_for_a_model_server(answering: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert checks.server_of("large model", f"{answering}/v1", "", "LARGE_MODEL").result == f"{answering}/v1 responds"


def test_a_model_server_is_asked_through_the_proxy_that_is_named_for_it(answering: str, settings: Any) -> None:
    settings.MODEL_PROXY_URL = answering

    assert checks.server_of("large model", "http://model.invalid/v1", "", "LARGE_MODEL").cure == ""


@pytest.mark.parametrize(("setting", "said"), [("on", "in this process"), ("off", "off: search works")])
def test_it_says_whether_passages_are_read(setting: str, said: str) -> None:
    told = doctor(DATABASE_URL="postgresql://brevity@127.0.0.1:1/brevity", READER=setting)

    assert any("reader" in line and said in line for line in told.stdout.splitlines())
