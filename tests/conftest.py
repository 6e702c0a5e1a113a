"""Fixtures for all tests: a shop, its articles, a server with real sockets, a scripted engine."""

import asyncio
import contextlib
import json
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import uvicorn
import websockets
from asgiref.sync import sync_to_async
from django.db import connections
from websockets.protocol import State

from assistant import celery_app
from assistant.asgi import application
from assistant.llm import registry
from assistant.redis.client import redis_client
from assistant.server.header_timeout import PunctualProtocol
from assistant.server.websocket_close import RefusingProtocol
from assistant.workspaces.models import Widget, Workspace
from conversations.identity import visitors
from conversations.replies import runner
from knowledge.articles import publishing
from knowledge.models import Article
from tests.slow_writes.interleaving import Beside

# One tree, one verdict. To look further: pytest --hypothesis-profile=default
hypothesis.settings.register_profile("same-every-time", derandomize=True)
hypothesis.settings.load_profile("same-every-time")

ORIGIN = "http://shop.test:8000"
RETURNS = """You can return anything within 30 days of delivery, unused and in its packaging.

## How to send something back

Print the label from your account, put it on the parcel and hand it in at any post office.
The refund reaches you within five working days after we have the parcel."""


@pytest.fixture(autouse=True)
def _fresh_redis() -> None:
    redis_client().flushdb()
    visitors.forget_origins()


@pytest.fixture(autouse=True)
def _no_worker() -> None:
    """Tasks are done on the spot, whatever the test before this one had changed."""
    celery_app.conf.task_always_eager = True


@pytest.fixture(autouse=True)
def _no_threads_of_other_tests() -> None:
    Beside.begun.clear()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(slug="acme", name="Acme")


@pytest.fixture
def widget(workspace: Workspace) -> Widget:
    return Widget.objects.create(
        workspace=workspace,
        public_key="wk_acme",
        origins=[ORIGIN],
        identity_secret="the-shop-knows-a-secret-of-32-bytes",
    )


@pytest.fixture
def engine(settings: Any) -> Any:
    """The large model: a scripted engine, whose `script` a test writes and whose `asked` it reads."""
    settings.ENGINES = {"scripted": {"BACKEND": "assistant.llm.engines.scripted.ScriptedEngine", "OPTIONS": {}}}
    settings.TIERS = {"large": ["scripted"], "small": []}
    registry.forget()
    yield registry.engine("scripted")
    registry.forget()


@pytest.fixture
def no_engine(settings: Any) -> Any:
    """No model at all: replies are quoted."""
    settings.ENGINES, settings.TIERS = {}, {"large": [], "small": []}
    registry.forget()
    yield
    registry.forget()


@pytest.fixture
async def server(transactional_db: None) -> AsyncIterator[str]:
    """The whole application behind a real port; gives host:port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application,
        http=PunctualProtocol,
        ws=RefusingProtocol,
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        proxy_headers=False,
        log_level="warning",
    )
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    await runner.all_done()
    running.should_exit = running.force_exit = True
    await task
    await sync_to_async(connections.close_all)()


@dataclass
class Customer:
    """A client of the socket, as a browser would be one."""

    socket: Any
    heard: list[dict[str, Any]] = field(default_factory=list)
    unread: list[dict[str, Any]] = field(default_factory=list)  # came while another was waited for by `say`
    ready: dict[str, Any] = field(default_factory=dict)

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self, kind: str | None = None, timeout_s: float = 20) -> dict[str, Any]:
        """The next event; of one kind if named, keeping what was heard before it."""
        while True:
            event = self.unread.pop(0) if self.unread else await self.receive(kind, timeout_s)
            if kind in (None, event["type"]):
                return event

    async def receive(self, wanted: str | None = None, timeout_s: float = 20) -> dict[str, Any]:
        try:
            async with asyncio.timeout(timeout_s):
                self.heard.append(json.loads(await self.socket.recv()))
        except TimeoutError:
            heard = [f"{event.get('seq', '')} {event['type']}" for event in self.heard]
            raise TimeoutError(f"{wanted or 'an event'} did not come; heard: {', '.join(heard)}") from None
        return self.heard[-1]

    async def say(self, text: str, ref: uuid.UUID | None = None) -> dict[str, Any]:
        """Send a message and wait until it is accepted; what is heard meanwhile is still to be read."""
        await self.send(type="message.send", client_ref=str(ref or uuid.uuid4()), text=text)
        while (event := await self.receive("message.accepted"))["type"] != "message.accepted":
            self.unread.append(event)
        return event

    async def ask(self, text: str) -> dict[str, Any]:
        """Send a message and wait for the whole reply."""
        await self.say(text)
        return await self.next("reply.completed")


Chat = Callable[..., contextlib.AbstractAsyncContextManager[Customer]]


@pytest.fixture
def chat(server: str, widget: Widget) -> Chat:
    """Open a socket and say hello: `async with chat() as ana:`. Fields of hello may be given."""

    @contextlib.asynccontextmanager
    async def opened(origin: str = ORIGIN, **hello: Any) -> AsyncIterator[Customer]:
        connected = await websockets.connect(f"ws://{server}/ws/chat/", origin=origin, max_size=None)
        try:
            customer = Customer(connected)
            await customer.send(**{"type": "hello", "widget": widget.public_key, **hello})
            customer.ready = await customer.next("session.ready")
            yield customer
        finally:
            # Python 3.11 cannot close again what the server closed while it was still being written to.
            if connected.state is not State.CLOSED:
                await connected.close()

    return opened


@pytest.fixture
def returns_article(transactional_db: None, workspace: Workspace) -> Article:
    """One published article: returns within 30 days, and how they are sent."""
    article = publishing.save_draft(
        workspace, external_id="returns", title="Returns and refunds", body=RETURNS, url="/help/returns"
    )
    return publishing.publish(article).article
