"""A cached answer, asked for by so many clients at once, through each door and through the LiteLLM proxy."""

import asyncio
import json
import os
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from benchmarks import cache_rivals
from benchmarks.api_server import Bench, free_port, program, until_answered
from benchmarks.api_talk import QUESTION
from benchmarks.doors_client import Client
from benchmarks.machine import cpu_s
from benchmarks.sockets_crowd import ask, crowd, leave
from conversations.models import Contact, Conversation

HOME = Path(__file__).resolve().parent / ".cache" / "litellm_proxy"
WANTED = Path(__file__).resolve().parent / "rivals" / "litellm_proxy.txt"
PROXY_KEY = "sk-benchmark"
PROXY_STARTS_S = 180.0


@dataclass(slots=True)
class Slice:
    """What came of one turn at one door."""

    took_ms: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lasted_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def per_s(self) -> float:
        return len(self.took_ms) / self.lasted_s


async def quiet(pids: Collection[int], at_most_s: float = 20) -> None:
    """Wait until these processes have done what earlier questions left them to do."""
    deadline = time.perf_counter() + at_most_s
    while time.perf_counter() < deadline:
        used_s = cpu_s(*pids)
        await asyncio.sleep(0.3)
        if cpu_s(*pids) - used_s <= 0.02:
            return


Ask = Callable[[], Awaitable[str]]  # asks once; gives why it was refused, or nothing


@dataclass(frozen=True, slots=True)
class Door:
    """`opened(count, at_once)` makes ready for so many questions, and gives what asks one of them."""

    name: str
    pids: tuple[int, ...]
    opened: Callable[[int, int], "asynccontextmanager[Ask]"]


async def turn(door: Door, count: int, at_once: int) -> Slice:
    """So many questions, `at_once` under way at a time. What is made ready before is not timed."""
    found, left = Slice(), iter(range(count))
    async with door.opened(count, at_once) as ask_once:

        async def client() -> None:
            for _ in left:
                began = time.perf_counter()
                if refusal := await ask_once():
                    found.refused.append(refusal)
                else:
                    found.took_ms.append(1000 * (time.perf_counter() - began))

        began, used_s = time.perf_counter(), cpu_s(*door.pids)
        await asyncio.gather(*(client() for _ in range(at_once)))
        found.lasted_s, found.cpu_s = time.perf_counter() - began, cpu_s(*door.pids) - used_s
    return found


def socket_door(bench: Bench, pids: tuple[int, ...]) -> Door:
    """Customers who said hello before."""

    @asynccontextmanager
    async def opened(count: int, at_once: int) -> AsyncIterator[Ask]:
        guests = (await crowd(bench, [{} for _ in range(count)])).guests
        left = iter(guests)

        async def ask_once() -> str:
            try:
                await ask(next(left), [])
            except AssertionError as error:
                return str(error)
            return ""

        yield ask_once
        await leave(guests)

    return Door("socket", pids, opened)


def rest_door(bench: Bench, pids: tuple[int, ...]) -> Door:
    """Conversations that were begun before."""

    @asynccontextmanager
    async def opened(count: int, at_once: int) -> AsyncIterator[Ask]:
        left = iter(await asyncio.to_thread(begun, bench, count))
        async with clients(bench.url, bench.secret, at_once) as free:

            async def ask_once() -> str:
                return await posted(free, f"/api/v1/conversations/{next(left)}/messages/", {"text": QUESTION})

            yield ask_once

    return Door("REST", pids, opened)


def begun(bench: Bench, count: int) -> list[str]:
    people = Contact.objects.bulk_create([Contact(workspace=bench.workspace) for _ in range(count)])
    talks = [Conversation(workspace=bench.workspace, contact=each, channel="api") for each in people]
    return [str(each.pk) for each in Conversation.objects.bulk_create(talks)]


def completions_door(name: str, pids: tuple[int, ...], url: str, key: str, model: str) -> Door:
    """`/v1/chat/completions`, ours or the proxy's; each question is a new conversation."""

    @asynccontextmanager
    async def opened(count: int, at_once: int) -> AsyncIterator[Ask]:
        asked = {"model": model, "messages": [{"role": "user", "content": QUESTION}]}
        async with clients(url, key, at_once) as free:

            async def ask_once() -> str:
                return await posted(free, "/v1/chat/completions", asked)

            yield ask_once

    return Door(name, pids, opened)


@asynccontextmanager
async def clients(url: str, key: str, at_once: int) -> AsyncIterator[deque[Client]]:
    """So many, connected."""
    made = deque(Client(url, key) for _ in range(at_once))
    await asyncio.gather(*(each.open() for each in made))
    yield made
    await asyncio.gather(*(each.close() for each in made))


async def posted(free: deque[Client], path: str, asked: dict[str, Any]) -> str:
    client = free.popleft()
    try:
        return await client.post(path, asked)
    finally:
        free.append(client)


@contextmanager
def proxy(bench: Bench) -> Iterator[Door]:
    """LiteLLM's proxy with one worker, its Redis cache on, before the same model server."""
    cache_rivals.install(HOME, WANTED)
    model = {"model": "openai/fake", "api_base": f"http://127.0.0.1:{bench.model_port}/v1", "api_key": "none"}
    told = {
        "model_list": [{"model_name": "fake", "litellm_params": model}],
        "litellm_settings": {"cache": True, "cache_params": {"type": "redis", "url": settings.REDIS_URL}},
        "general_settings": {"master_key": PROXY_KEY},
    }
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(json.dumps(told))  # JSON is YAML
        command = [str(HOME / "bin" / "litellm"), "--config", str(config), "--host", "127.0.0.1"]
        command += ["--port", str(port), "--num_workers", "1", "--telemetry", "False"]
        # An environment of its own: with DATABASE_URL in it, the proxy would take our database for its own.
        alone = {"PATH": f"{HOME / 'bin'}:{os.environ['PATH']}", "HOME": folder, "LITELLM_LOG": "ERROR"}
        with program(command, alone | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}) as pid:
            until_answered(f"http://127.0.0.1:{port}/health/liveliness", PROXY_STARTS_S)
            yield completions_door("LiteLLM proxy", (pid,), f"http://127.0.0.1:{port}", PROXY_KEY, "fake")
