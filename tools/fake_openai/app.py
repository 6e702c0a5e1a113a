"""The fake server as a plain ASGI application."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from tools.fake_openai import answers, recordings
from tools.fake_openai.behaviour import STATUS_MODES, Behaviour, Seen
from tools.fake_openai.chat import Chat
from tools.fake_openai.oddities import Cut
from tools.fake_openai.recordings import Recording

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LOG_LENGTH = 5_000
EVENT_STREAM = "text/event-stream"
AZURE = re.compile(r"\A/deployments/[^/]+")  # Azure has the name of the deployment in the path
PAGE = b"<!doctype html><title>Sign in</title><h1>Please sign in to the hotel's network</h1>"


class FakeUpstream:
    """Speaks /v1/chat/completions, /v1/embeddings and /v1/models; is steered by /control, read by /log.

    Before each path may stand /as/NAME: the chat is then answered as in the recording of that name.
    """

    def __init__(self, recordings_folder: Path | None = None) -> None:
        self.behaviour = Behaviour()
        self.recordings_folder = recordings_folder
        self.log: deque[Seen] = deque(maxlen=LOG_LENGTH)
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send)
        route = self.routes().get((scope["method"], exchange.route))
        if route is None:
            await exchange.refuse(404, f"no such path: {scope['path']}")
        else:
            await route(exchange)

    def routes(self) -> dict[tuple[str, str], Callable[[Exchange], Awaitable[None]]]:
        return {
            ("POST", "/chat/completions"): self.chat,
            ("POST", "/embeddings"): self.embeddings,
            ("GET", "/models"): self.models,
            ("GET", "/log"): self.tell_log,
            ("DELETE", "/log"): self.forget_log,
            ("GET", "/control"): self.tell_behaviour,
            ("POST", "/control"): self.control,
        }

    async def control(self, exchange: Exchange) -> None:
        """Set fields of Behaviour; {"reset": true} sets the others back to what they were at the start."""
        changes = await exchange.body()
        start = Behaviour() if changes.pop("reset", False) else self.behaviour
        try:
            self.behaviour = start.told(changes)
        except ValueError as error:
            await exchange.refuse(400, str(error))
            return
        await self.tell_behaviour(exchange)

    async def tell_behaviour(self, exchange: Exchange) -> None:
        await exchange.answer(dataclasses.asdict(self.behaviour))

    async def tell_log(self, exchange: Exchange) -> None:
        requests = [dataclasses.asdict(seen) for seen in self.log]
        await exchange.answer({"requests": requests, "open": sum(seen.ended is None for seen in self.log)})

    async def forget_log(self, exchange: Exchange) -> None:
        self.log.clear()
        await exchange.answer({})

    async def models(self, exchange: Exchange) -> None:
        await exchange.answer({"object": "list", "data": [{"id": "fake", "object": "model", "owned_by": "fake"}]})

    async def embeddings(self, exchange: Exchange) -> None:
        body = await exchange.body()
        seen = self.see(exchange, body, self.next_behaviour(body))
        texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input") or []
        if (status := STATUS_MODES.get(seen.mode)) is not None:
            await exchange.refuse(status, f"told to answer {status}", self.behaviour.retry_after_s)
        else:
            size = int(body.get("dimensions") or 384)
            rows = [
                {"object": "embedding", "index": i, "embedding": answers.vector(t, size)} for i, t in enumerate(texts)
            ]
            told = sum(answers.count(text) for text in texts)
            usage = {"prompt_tokens": told, "total_tokens": told}
            await exchange.answer({"object": "list", "data": rows, "model": body.get("model"), "usage": usage})
        seen.ended, seen.took_s = "answered", time.time() - seen.at

    def next_behaviour(self, body: dict[str, Any]) -> Behaviour:
        """How this request is answered; counts `times` down."""
        now = self.behaviour
        if now.times == 0:
            now = self.behaviour = dataclasses.replace(now, mode="ok", times=None)
        elif now.times is not None:
            self.behaviour = dataclasses.replace(now, times=now.times - 1)
        return now.for_model(str(body.get("model", "")))

    def see(self, exchange: Exchange, body: dict[str, Any], behaviour: Behaviour) -> Seen:
        self.asked += 1
        seen = Seen(self.asked, exchange.path, exchange.headers, body, behaviour.mode, time.time(), exchange.query)
        self.log.append(seen)
        return seen

    async def chat(self, exchange: Exchange) -> None:
        """Answer, but leave off as soon as the asker has gone."""
        body = await exchange.body()
        behaviour, recording = self.recorded(exchange, self.next_behaviour(body))
        seen = self.see(exchange, body, behaviour)
        answering = asyncio.ensure_future(self.answer_chat(exchange, body, behaviour, seen, recording))
        leaving = asyncio.ensure_future(exchange.left())
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        seen.ended = "answered" if answering.done() else "left"
        seen.took_s = time.time() - seen.at
        for task in (answering, leaving):
            task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)

    def recorded(self, exchange: Exchange, behaviour: Behaviour) -> tuple[Behaviour, Recording | None]:
        """The recording that is asked for, if any is, and the behaviour of the server that it is of."""
        recording = recordings.find(self.recordings_folder, exchange.recording or behaviour.recording)
        return (behaviour.told(recording.behaviour) if recording else behaviour), recording

    async def answer_chat(
        self, exchange: Exchange, body: dict[str, Any], behaviour: Behaviour, seen: Seen, recording: Recording | None
    ) -> None:
        if (status := STATUS_MODES.get(behaviour.mode)) is not None:
            await exchange.refuse(status, f"told to answer {status}", behaviour.retry_after_s)
            return
        if refusal := behaviour.refused_caller(exchange.headers, str(body.get("model", ""))) or behaviour.refusal(body):
            await exchange.refuse(*refusal)
            return
        if behaviour.mode == "hang":
            await asyncio.sleep(3600)
        if behaviour.mode == "slow_headers":
            await asyncio.sleep(behaviour.pause_s)
        chat = Chat(body, behaviour, seen.number)
        if recording:
            status, kind = recording.about.get("status", 200), recording.about.get("content_type", EVENT_STREAM)
            await self.stream(exchange, seen, recording.over_the_wire(behaviour), status, kind)
        elif behaviour.mode == "html":
            await exchange.answer_bytes(200, "text/html; charset=utf-8", PAGE)
        elif behaviour.mode == "no_stream" or not body.get("stream"):
            await exchange.answer(chat.whole())
        else:
            kind = "application/octet-stream" if chat.mode == "wrong_type" else EVENT_STREAM
            await self.stream(exchange, seen, chat.over_the_wire(), 200, kind)

    async def stream(
        self, exchange: Exchange, seen: Seen, packets: AsyncGenerator[bytes, None], status: int, kind: str
    ) -> None:
        await exchange.start(status, kind)
        try:
            async for packet in packets:
                seen.chunks += 1
                await exchange.send_more(packet)
                await asyncio.sleep(0)  # lets the news of a lost asker through
        except Cut:
            return  # an answer that is not ended makes the server drop the line
        await exchange.end()


class Exchange:
    """One HTTP request and its answer, over ASGI."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.path = scope["path"]
        self.query = scope.get("query_string", b"").decode("latin-1")
        path, self.recording = self.path, ""
        if path.startswith("/as/"):
            self.recording, _, path = path.removeprefix("/as/").partition("/")
            path = f"/{path}"
        self.route = AZURE.sub("", path.removeprefix("/openai")).removeprefix("/v1").rstrip("/")
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.receive = receive
        self.send = send

    async def body(self) -> dict[str, Any]:
        read, more = b"", True
        while more:
            message = await self.receive()
            read += message.get("body", b"")
            more = message.get("more_body", False)
        parsed = json.loads(read or b"{}")
        return parsed if isinstance(parsed, dict) else {}

    async def left(self) -> None:
        """Returns when the asker has closed the connection."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def start(self, status: int, kind: str, *headers: tuple[bytes, bytes]) -> None:
        all_headers = [(b"content-type", kind.encode()), *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": all_headers})

    async def send_more(self, body: bytes) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self, body: bytes = b"") -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def answer_bytes(self, status: int, kind: str, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        await self.start(status, kind, *headers)
        await self.end(body)

    async def answer(self, content: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
        await self.answer_bytes(status, "application/json", json.dumps(content).encode(), *headers)

    async def refuse(self, status: int, message: str, retry_after_s: float | None = None) -> None:
        headers = [] if retry_after_s is None else [(b"retry-after", f"{retry_after_s:g}".encode())]
        await self.answer({"error": {"message": message, "type": "fake", "code": status}}, status, *headers)


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = FakeUpstream()
