"""Open a shop with EGRESS=none, ask it over its socket, and print the answers and every connection to elsewhere.

Run as a program in a network namespace without a route, with servers of its own: see test_without_a_network.py.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from typing import Any

ELSEWHERE: list[str] = []
QUESTIONS = ("How long do I have to return something?", "I am ana.b@example.com, do you repair lamps on the moon?")


def note(event: str, arguments: tuple[Any, ...]) -> None:
    if (
        event == "socket.connect"
        and isinstance(arguments[1], tuple)
        and not str(arguments[1][0]).startswith(("127.", "::1"))
    ):
        ELSEWHERE.append(str(arguments[1][:2]))
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "localhost", "127.0.0.1", b"127.0.0.1"):
        ELSEWHERE.append(str(arguments[0]))


sys.addaudithook(note)
model = socket.create_server(("127.0.0.1", 0))
os.environ |= {
    "EGRESS": "none",
    "LARGE_MODEL_URL": f"http://127.0.0.1:{model.getsockname()[1]}/v1",
    "LARGE_MODEL": "fake",
    "DJANGO_SETTINGS_MODULE": "assistant.settings",
    "ENV_FILE": os.devnull,
    "MODEL_CONNECTIONS": "false",
}

import django  # noqa: E402

django.setup()

import uvicorn  # noqa: E402
import websockets  # noqa: E402
from django.core.management import call_command  # noqa: E402

from assistant import celery_app  # noqa: E402
from assistant.asgi import application  # noqa: E402
from assistant.egress import guard  # noqa: E402
from assistant.workspaces.models import Widget, Workspace  # noqa: E402
from conversations.models import Message  # noqa: E402
from conversations.replies import runner  # noqa: E402
from knowledge.articles import publishing  # noqa: E402
from tests.conftest import ORIGIN, RETURNS, Customer  # noqa: E402
from tools.fake_openai.app import FakeUpstream  # noqa: E402


def prepare() -> None:
    call_command("migrate", verbosity=0)
    celery_app.conf.task_always_eager = True
    shop = Workspace.objects.create(slug="acme", name="Acme")
    Widget.objects.create(workspace=shop, public_key="wk_acme", origins=[ORIGIN])
    draft = publishing.save_draft(
        shop, external_id="returns", title="Returns and refunds", body=RETURNS, url="/help/returns"
    )
    publishing.publish(draft)


@contextlib.asynccontextmanager
async def served(app: Any, listener: socket.socket) -> Any:
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", loop="asyncio"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    await runner.all_done()
    server.should_exit = server.force_exit = True
    await task


async def ask() -> dict[str, Any]:
    fake = FakeUpstream()
    async with (
        served(fake, model),
        served(application, socket.create_server(("127.0.0.1", 0))) as place,
        websockets.connect(f"ws://{place}/ws/chat/", origin=ORIGIN) as connected,
    ):
        ana = Customer(connected)
        await ana.send(type="hello", widget="wk_acme")
        await ana.next("session.ready")
        replies = [await ana.ask(question) for question in QUESTIONS]
        answers = [(await Message.objects.aget(pk=reply["message_id"])).text for reply in replies]
    refused = 0
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except guard.EgressBlocked:
        refused = 1
    return {
        "answers": answers,
        "calls": len(fake.log),
        "elsewhere": [place for place in ELSEWHERE if "192.0.2.1" not in place],
        "blocked": guard.blocked_count() - refused,
        "refused": refused,
    }


if __name__ == "__main__":
    prepare()
    print("RESULT " + json.dumps(asyncio.run(ask())), flush=True)
    os._exit(0)
