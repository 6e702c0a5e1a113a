"""A crowd of customers on sockets: they come, stay, are cut off together and come back, or ask without a pause."""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from benchmarks.api_server import ORIGIN, Bench
from benchmarks.api_talk import QUESTION, require_answer

AT_ONCE = 50  # handshakes under way at one time
GIVE_UP_S = 30.0


@dataclass(slots=True)
class Guest:
    """A socket that said hello, and what it needs to come back."""

    line: ClientConnection
    ready: dict[str, Any]

    def hello(self) -> dict[str, Any]:
        kept = {name: self.ready[name] for name in ("session", "conversation", "epoch")}
        return {**kept, "after_seq": self.ready["seq"]}


@dataclass(slots=True)
class Arrivals:
    guests: list[Guest] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)  # of each, from its first try to session.ready
    refused: list[str] = field(default_factory=list)  # tries that failed, each of which was made again
    lost: int = 0  # that did not come in within GIVE_UP_S


async def enter(bench: Bench, **hello: Any) -> Guest:
    line = await websockets.connect(
        f"ws://127.0.0.1:{bench.port}/ws/chat/", origin=ORIGIN, compression=None, ping_interval=None, open_timeout=60
    )
    await line.send(json.dumps({"type": "hello", "widget": bench.widget_key, **hello}))
    return Guest(line, json.loads(await line.recv()))


async def crowd(bench: Bench, hellos: list[dict[str, Any]], at_once: int = AT_ONCE) -> Arrivals:
    """Bring everybody in. Who is refused comes again, a little later, as the widget does."""
    arrivals, doors = Arrivals(), asyncio.Semaphore(at_once)

    async def come(hello: dict[str, Any]) -> None:
        began = time.perf_counter()
        while time.perf_counter() - began < GIVE_UP_S:
            try:
                async with doors:
                    began = began if at_once > AT_ONCE else time.perf_counter()
                    guest = await enter(bench, **hello)
            except (OSError, websockets.WebSocketException) as error:
                arrivals.refused.append(repr(error))
                await asyncio.sleep(0.5)
            else:
                arrivals.guests.append(guest)
                arrivals.took_s.append(time.perf_counter() - began)
                return
        arrivals.lost += 1

    await asyncio.gather(*(come(hello) for hello in hellos))
    return arrivals


def still_there(guests: list[Guest]) -> int:
    return sum(guest.line.state is State.OPEN for guest in guests)


async def leave(guests: list[Guest]) -> None:
    for guest in guests:
        guest.line.transport.abort()
    await asyncio.gather(*(guest.line.wait_closed() for guest in guests))


async def ask(guest: Guest, took_ms: list[float]) -> None:
    """Ask what was asked before, as the first question of a conversation, and wait for the whole answer."""
    frame = {"type": "message.send", "client_ref": str(uuid.uuid4()), "text": QUESTION}
    began = time.perf_counter()
    await guest.line.send(json.dumps(frame))
    while (event := json.loads(await guest.line.recv()))["type"] != "reply.completed":
        if event["type"] in ("error", "reply.failed"):
            raise AssertionError(event)
    took_ms.append(1000 * (time.perf_counter() - began))
    require_answer(event["text"])


async def echo_without_pause(port: int, seconds: float, took_ms: list[float]) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{port}/", compression=None) as line:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter()
            await line.send(QUESTION)
            await line.recv()
            took_ms.append(1000 * (time.perf_counter() - began))
