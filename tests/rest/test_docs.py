"""The commands in the docs work as printed, except for host names and keys."""

import asyncio
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from assistant.webhooks.models import Endpoint
from conversations.helpdesk.models import Connection
from conversations.models import Conversation
from tests.rest.conftest import key_of
from tests.rest.sink import Sink
from tests.rest.test_helpdesks import FAKES

DOCS = Path(settings.BASE_DIR) / "docs"
SCRIPT = ['{"text": "You have 30 days [1].", "action": null}']
# What the reader of the page on integrations brings along, and what then happens.
BRIDGE = """
import sys, threading
from werkzeug.serving import make_server

told = threading.Event()


def deliver_to_customer(thread, text):
    print(thread, "heard:", text.splitlines()[0])
    told.set()


server = make_server("127.0.0.1", int(sys.argv[1]), app)
threading.Thread(target=server.serve_forever, daemon=True).start()
customer_wrote("thread-1", "message-1", "How long do I have to return something?")
print("told" if told.wait(30) else "not told")
server.shutdown()
"""


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page."""
    found = re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found, page
    return found


async def typed(*command: str, **environment: str) -> str:
    """Run a command and return its output. It runs in a thread, because the server that it calls runs in this one."""
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def here(server: str) -> Callable[[str], str]:
    """Replace the example host of the docs by our own."""
    return lambda code: code.replace("https://support.example", f"http://{server}")


@pytest.fixture
def shell(here) -> Callable[[str], tuple[str, ...]]:
    if not shutil.which("curl"):
        pytest.skip("curl is not on this machine.")
    return lambda code: ("bash", "-euo", "pipefail", "-c", here(code))


async def test_the_first_question_over_rest(shell, workspace, returns_article, engine):
    engine.script = SCRIPT

    told = await typed(*shell(blocks("api.md", "sh")[0]), KEY=await key_of(workspace))

    assert json.loads(told)["reply"]["text"] == "You have 30 days [1]."
    assert (await Conversation.objects.select_related("contact").aget()).contact.external_id == "customer-7"


async def test_the_openai_client_of_the_page_prints_the_answer_and_its_source(here, workspace, returns_article, engine):
    engine.script = SCRIPT
    (code,) = blocks("use_any_openai_client.md", "python")
    key = await key_of(workspace)

    told = await typed(sys.executable, "-c", here(code).replace("bk_...", key))

    assert told.startswith("You have 30 days [1].")
    assert "https://shop.test/returns" in told


async def test_the_curl_of_the_page_streams(shell, workspace, returns_article, engine):
    engine.script = SCRIPT
    (code,) = blocks("use_any_openai_client.md", "sh")

    told = await typed(*shell(code.replace("bk_...", await key_of(workspace))))

    assert told.rstrip().endswith("data: [DONE]")


async def test_a_webhook_is_made_as_the_page_says(shell, workspace):
    (code,) = blocks("webhooks.md", "sh")

    told = await typed(*shell(code), KEY=await key_of(workspace, "webhooks:write"))

    endpoint = await Endpoint.objects.aget()
    assert json.loads(told)["secret"] == endpoint.secret
    assert endpoint.events == ["handoff.requested"]


async def test_the_bridge_of_the_page_carries_a_question_in_and_an_answer_out(
    here, workspace, returns_article, engine, settings
):
    if importlib.util.find_spec("flask") is None:
        pytest.skip("Flask is not installed.")
    engine.script = SCRIPT
    (code,) = blocks("build_an_integration.md", "python")
    free = Sink()
    port = free.server.server_port
    free.close()
    settings.WEBHOOK_ALLOWED_PRIVATE = [f"127.0.0.1:{port}"]
    desk = await Connection.objects.acreate(
        workspace=workspace, kind="generic", name="Ours", base_url=f"http://127.0.0.1:{port}/from-assistant"
    )
    code = here(code).replace("<id of the connection>", str(desk.pk)).replace("whsec_...", desk.secret)

    told = await typed(sys.executable, "-c", code + BRIDGE, str(port))

    assert told.splitlines() == ["thread-1 heard: You have 30 days [1].", "told"]


@pytest.mark.parametrize("kind", ["chatwoot", "zammad", "zendesk"])
def test_the_page_of_a_helpdesk_names_its_address_and_the_options_it_is_tried_with(kind):
    page = (DOCS / f"connect_{kind}.md").read_text(encoding="utf-8")
    (options,) = re.findall(r"`(\{.*?\})`", page)

    assert f"/api/v1/helpdesk/{kind}/<id of the connection>/" in page
    assert set(FAKES[kind].options) <= set(json.loads(options))
