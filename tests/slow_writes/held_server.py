"""A model server that holds every request until the test releases it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.slow_writes.interleaving import PATIENCE_S
from tools.fake_openai.app import FakeUpstream, Receive, Scope, Send


class HeldServer(FakeUpstream):
    """The fake server on a real port, in a thread of its own. It answers at once unless it is told to `hold`."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self._asked = threading.Event()
        self._open = threading.Event()
        self._open.set()

    def hold(self) -> None:
        """From now on nobody gets an answer before `release`."""
        self._asked.clear()
        self._open.clear()

    def until_asked(self) -> None:
        """Wait until somebody waits for an answer."""
        assert self._asked.wait(PATIENCE_S), "nobody has asked the model server"

    def told(self, **changes: Any) -> None:
        """How it answers: see Behaviour."""
        self.behaviour = self.behaviour.told(changes)

    def release(self) -> None:
        self._open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and not self._open.is_set():
            self._asked.set()
            await asyncio.to_thread(self._open.wait, PATIENCE_S)
        await super().__call__(scope, receive, send)


@contextmanager
def running() -> Iterator[HeldServer]:
    fake = HeldServer()
    listener = socket.create_server(("127.0.0.1", 0))
    fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(fake, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield fake
    fake.release()
    server.should_exit = server.force_exit = True
    thread.join(PATIENCE_S)
