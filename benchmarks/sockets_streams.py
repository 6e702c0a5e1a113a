"""Fifty replies streamed at one time: what we add to the first word, how much of a core, which events are lost."""

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx

from benchmarks.api_server import Bench
from benchmarks.api_talk import QUESTION
from benchmarks.machine import cpu_s
from benchmarks.sockets_crowd import Guest, crowd, leave

STREAMS, TOKENS_PER_S, WORDS = 50, 20, 400
LASTS_S = WORDS / TOKENS_PER_S
ROUNDS = 3  # the first one fills the house and is not measured
FLOORS = 20
OVERHEAD_MS_MAX, FRAMES_PER_S_MAX, CORE_SHARE_MAX = 150, 10, 0.7


@dataclass(slots=True)
class Heard:
    first_ms: list[float] = field(default_factory=list)
    frames_per_s: list[float] = field(default_factory=list)
    gaps: int = 0
    core_share: float = 0.0


async def measured(bench: Bench, pids: tuple[int, ...]) -> tuple[Heard, float]:
    """What customers heard of the measured rounds, and the milliseconds that the model server itself takes."""
    said = {"tokens_per_s": TOKENS_PER_S, "answer": " ".join(["word"] * WORDS)}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bench.model_port}", timeout=60) as model:
        (await model.post("/control", json=said)).raise_for_status()
        floor_ms = statistics.median([await own_ms(model) for _ in range(FLOORS)])
        heard = await house_full(bench, pids)
        await model.post("/control", json={"reset": True})
    return heard, floor_ms


async def own_ms(model: httpx.AsyncClient) -> float:
    """From a request to the first word, with nobody in between."""
    asked = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    began = time.perf_counter()
    async with model.stream(
        "POST", "/v1/chat/completions", json=asked | {"response_format": {"type": "json_object"}}
    ) as told:
        async for line in told.aiter_lines():
            if "word" in line:
                return 1000 * (time.perf_counter() - began)
    raise AssertionError("no word came")


async def house_full(bench: Bench, pids: tuple[int, ...]) -> Heard:
    """One question after the other, evenly spread, so that STREAMS of them are being answered at any time."""
    await type(bench.workspace).objects.filter(pk=bench.workspace.pk).aupdate(cache_enabled=False)
    guests, heard = (await crowd(bench, [{} for _ in range(STREAMS * ROUNDS)])).guests, Heard()
    reading = []
    for place, guest in enumerate(guests):
        if place == STREAMS:
            began, used_s = time.perf_counter(), cpu_s(*pids)
        reading.append(asyncio.create_task(follow(guest, heard if place >= STREAMS else Heard())))
        await asyncio.sleep(LASTS_S / STREAMS)
    heard.core_share = (cpu_s(*pids) - used_s) / (time.perf_counter() - began)
    await asyncio.gather(*reading)
    await leave(guests)
    return heard


async def follow(guest: Guest, heard: Heard) -> None:
    began, deltas, seq = time.perf_counter(), [], guest.ready["seq"]
    await guest.line.send(json.dumps({"type": "message.send", "client_ref": str(uuid.uuid4()), "text": QUESTION}))
    async for event in until_completed(guest):
        heard.gaps += event["seq"] != seq + 1
        seq = event["seq"]
        if event["type"] == "reply.delta":
            deltas.append(time.perf_counter())
    heard.first_ms.append(1000 * (deltas[0] - began))
    heard.frames_per_s.append((len(deltas) - 1) / (deltas[-1] - deltas[0]))


async def until_completed(guest: Guest) -> AsyncIterator[dict]:
    while (event := json.loads(await guest.line.recv()))["type"] != "reply.completed":
        if event["type"] in ("error", "reply.failed"):
            raise AssertionError(event)
        yield event
    yield event
    if event["status"] != "done" or len(event["text"].split()) < WORDS:
        raise AssertionError(event)
