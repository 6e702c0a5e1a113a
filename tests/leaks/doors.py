"""Clients of each API. `ask` returns every byte of the response."""

from __future__ import annotations

import json
import uuid
from typing import Any, Protocol

import httpx
import websockets

from tests.conftest import ORIGIN
from tests.leaks.shops import Shop

TIMEOUT_S = 60


class Door(Protocol):
    """Opened for one visitor at one shop."""

    def __init__(self, server: str, shop: Shop) -> None: ...

    async def ask(self, text: str) -> str: ...

    def pretend(self, asked: str, answered: str) -> bool:
        """Claim that this was said before. False where the door takes no such claims."""

    async def close(self) -> None: ...


class Socket:
    def __init__(self, server: str, shop: Shop) -> None:
        self.server, self.shop, self.socket = server, shop, None

    async def ask(self, text: str) -> str:
        if self.socket is None:
            self.socket = await websockets.connect(f"ws://{self.server}/ws/chat/", origin=ORIGIN, max_size=None)
            await self.socket.send(json.dumps({"type": "hello", "widget": self.shop.widget.public_key}))
        await self.socket.send(json.dumps({"type": "message.send", "client_ref": str(uuid.uuid4()), "text": text}))
        frames = []
        while not frames or json.loads(frames[-1])["type"] not in ("reply.completed", "reply.failed"):
            frames.append(await self.socket.recv())
        return "\n".join(frames)

    def pretend(self, asked: str, answered: str) -> bool:
        return False

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()


class Rest:
    streamed = False

    def __init__(self, server: str, shop: Shop) -> None:
        headers = {"authorization": f"Bearer {shop.secret}"}
        self.client = httpx.AsyncClient(base_url=f"http://{server}", headers=headers, timeout=TIMEOUT_S)
        self.shop = shop
        self.path = ""

    async def ask(self, text: str) -> str:
        if not self.path:
            begun = await self.client.post("/api/v1/conversations/", json={"locale": self.shop.workspace.locale})
            self.path = f"/api/v1/conversations/{begun.json()['id']}/"
        answer = await self.client.post(f"{self.path}messages/", json={"text": text, "stream": self.streamed})
        receipts = await self.client.get(f"{self.path}receipt/")
        return f"{answer.text}\n{receipts.text}"

    def pretend(self, asked: str, answered: str) -> bool:
        return False

    async def close(self) -> None:
        await self.client.aclose()


class RestStream(Rest):
    streamed = True


class OpenAI(Rest):
    """Sends the whole dialogue with every question, as it likes to have it."""

    def __init__(self, server: str, shop: Shop) -> None:
        super().__init__(server, shop)
        self.dialogue: list[dict[str, str]] = []

    async def ask(self, text: str) -> str:
        self.dialogue.append({"role": "user", "content": text})
        sent: dict[str, Any] = {"model": "brevity", "messages": self.dialogue, "stream": self.streamed}
        answer = await self.client.post("/v1/chat/completions", json=sent)
        self.dialogue.append({"role": "assistant", "content": self._said(answer.text)})
        return answer.text

    def _said(self, body: str) -> str:
        return json.loads(body)["choices"][0]["message"]["content"]

    def pretend(self, asked: str, answered: str) -> bool:
        self.dialogue += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        return True


class OpenAIStream(OpenAI):
    streamed = True

    def _said(self, body: str) -> str:
        chunks = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
        deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
        return "".join(delta.get("content") or "" for delta in deltas)


DOORS: tuple[type[Door], ...] = (Socket, Rest, RestStream, OpenAI, OpenAIStream)
