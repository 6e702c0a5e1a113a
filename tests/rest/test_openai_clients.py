"""The OpenAI-compatible API with other clients: the official SDK on Node, and curl."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.rest.conftest import key_of

SDK = "openai@6.49.0"
SCRIPT = ['{"text": "You have 30 days [1].", "action": null}']
QUESTION = "How many days do I have to send something back?"


async def output_of(*command: str | Path, timeout_s: float = 120) -> str:
    """Run a program and return its output. It runs in a thread, because the server that it calls runs in this one."""
    done = await asyncio.to_thread(
        subprocess.run, list(map(str, command)), capture_output=True, text=True, timeout=timeout_s
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def node_sdk() -> Path:
    """Return the folder of the SDK, installed by npm once; skips without Node or a registry."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not on this machine.")
    folder = settings.BASE_DIR / ".venv" / "node"
    if not (folder / "node_modules" / "openai").exists():
        fetch = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save", SDK]
        if subprocess.run(fetch, capture_output=True).returncode:
            pytest.skip(f"npm could not fetch {SDK}.")
    return folder


@pytest.fixture
def curl() -> Callable[..., list[str]]:
    if not shutil.which("curl"):
        pytest.skip("curl is not on this machine.")
    return lambda *words: ["curl", "--silent", "--show-error", "--no-buffer", *words]


async def test_the_official_sdk_on_node_gets_the_grounded_assistant(
    server, workspace, returns_article, engine, node_sdk
):
    engine.script = SCRIPT
    program = Path(__file__).with_name("openai_client.mjs")

    told = await output_of("node", program, node_sdk, f"http://{server}/v1", await key_of(workspace), QUESTION)

    got = json.loads(told)
    message = got["whole"]["choices"][0]["message"]
    assert message["content"] == got["streamed"] == "You have 30 days [1]."
    assert message["annotations"][0]["url_citation"]["title"] == "Returns"
    assert got["whole"]["usage"]["prompt_tokens"] > 0
    assert got["usage"]["prompt_tokens"] == 0  # the second time it was the cache's answer
    assert got["refused"] == {"kind": "BadRequestError", "status": 400, "code": "unsupported_parameter", "param": "n"}
    assert got["models"] == ["brevity"]


async def test_curl_streams_as_the_docs_say(server, workspace, returns_article, engine, curl):
    engine.script = SCRIPT
    asked = {"model": "brevity", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}

    told = await output_of(
        *curl(f"http://{server}/v1/chat/completions", "-d", json.dumps(asked)),
        *("-H", f"Authorization: Bearer {await key_of(workspace)}", "-H", "Content-Type: application/json"),
    )

    lines = [line.removeprefix("data: ") for line in told.splitlines() if line.startswith("data: ")]
    chunks = [json.loads(line) for line in lines[:-1]]
    assert lines[-1] == "[DONE]"
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "You have 30 days [1]."


async def test_curl_without_a_key_is_refused_in_openais_shape(server, workspace, curl):
    told = await output_of(*curl(f"http://{server}/v1/models", "--write-out", "%{http_code}"))

    body, status = told[:-3], told[-3:]
    assert status == "401"
    assert json.loads(body)["error"]["code"] == "not_authenticated"
