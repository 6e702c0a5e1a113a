"""How fast the API is: a list of 50 conversations, and a cached answer over REST beside the socket's.

Run: python -m benchmarks api [--seconds 10] [--answers 200]. The application runs in a process of its own as in
production, with a model server that does as it is told; the floor is `/healthz`, a bare view without any I/O,
asked by the same client over the same connections in turns with the list. Client and server share the machine.
"""

import argparse
import asyncio
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import numpy as np
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistant.confidence_intervals import bootstrap, bootstrap_difference
from benchmarks.api_server import Bench, bench_shop, serving
from benchmarks.api_talk import over_rest, over_the_socket
from benchmarks.machine import cpu_s, described

CONNECTIONS = 8
PAGE = 50
SLICES = 10  # the list and the floor take turns, so that both meet the same machine
FLOOR_PATH = "/healthz"
LIST_PATH = f"/api/v1/conversations/?page_size={PAGE}"


def queries_of_list(bench: Bench) -> int:
    """How many queries one page takes."""
    client = Client(headers={"authorization": f"Bearer {bench.secret}"})
    client.get(LIST_PATH)  # the first notes that the key was used
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(LIST_PATH)
    assert len(answer.json()["results"]) == PAGE
    return len(asked)


async def requests_per_s(client: httpx.AsyncClient, path: str, seconds: float) -> float:
    """As many as CONNECTIONS clients get answered, each with one request at a time."""
    answered = 0
    began = time.perf_counter()

    async def ask() -> None:
        nonlocal answered
        while time.perf_counter() - began < seconds:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            answered += 1

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return answered / (time.perf_counter() - began)


@dataclass(slots=True)
class Rate:
    """Of one address, slice by slice: requests a second, and the server's processor time for each in ms."""

    per_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


async def throughput(bench: Bench, pids: tuple[int, ...], seconds: float) -> dict[str, Rate]:
    """The list and the floor, each for so many seconds."""
    rates = {LIST_PATH: Rate(), FLOOR_PATH: Rate()}
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=bench.url, headers=bench.headers, limits=limits, timeout=30) as client:
        for path in rates:
            await requests_per_s(client, path, 1)  # warm
        for _ in range(SLICES):
            for path, rate in rates.items():
                began, used_s = time.perf_counter(), cpu_s(*pids)
                rate.per_s.append(await requests_per_s(client, path, seconds / SLICES))
                answered = rate.per_s[-1] * (time.perf_counter() - began)
                rate.cpu_ms.append(1000 * (cpu_s(*pids) - used_s) / answered)
    return rates


async def answer_ms(bench: Bench, count: int) -> dict[str, list[float]]:
    """Milliseconds from a question to its whole cached answer, the two doors in turns and in random order."""
    took: dict[str, list[float]] = {"REST": [], "socket": []}
    doors: dict[str, Callable[[Bench], Awaitable[float]]] = {"REST": over_rest, "socket": over_the_socket}
    for door in doors.values():
        for _ in range(5):
            await door(bench)  # the first asks the model, and warms
    chance = random.Random(7)
    for _ in range(count):
        for name in chance.sample(list(doors), 2):
            took[name].append(await doors[name](bench))
    return took


def median_gap(took: dict[str, list[float]]) -> tuple[float, float, float]:
    """REST's median above the socket's, with its 95 % interval."""
    gap = statistics.median(took["REST"]) - statistics.median(took["socket"])
    return gap, *bootstrap_difference(took["REST"], took["socket"], np.median)


def report(bench: Bench, pids: tuple[int, ...], seconds: float, count: int) -> None:
    queries = queries_of_list(bench)
    rates = asyncio.run(throughput(bench, pids, seconds))
    took = asyncio.run(answer_ms(bench, count))
    print("| what | n | median | 95 % interval |\n|---|---|---|---|")
    n = f"{SLICES} x {seconds / SLICES:.1f} s, {CONNECTIONS} connections"
    for name, rate in zip((f"a list of {PAGE} conversations", "the floor, a bare view"), rates.values(), strict=True):
        row(f"{name}, requests/s", n, rate.per_s, 0)
        row(f"{name}, the server's CPU, ms", n, rate.cpu_ms, 1)
    for name, found in took.items():
        row(f"a cached answer by {name}, ms", str(count), found, 1)
    gap, low, high = median_gap(took)
    print(f"| REST above the socket, ms | {count} pairs | {gap:.1f} | {low:.1f} to {high:.1f} |")
    listed, floor = rates.values()
    share = statistics.median(floor.per_s) / statistics.median(listed.per_s)
    print(f"\nThe list takes {queries} queries, and {share:.1f} times as long as the floor.")


def row(what: str, n: str, found: list[float], digits: int) -> None:
    low, high = bootstrap(found, np.median)
    print(f"| {what} | {n} | {statistics.median(found):.{digits}f} | {low:.{digits}f} to {high:.{digits}f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of the list, and as many of the floor")
    parser.add_argument("--answers", type=int, default=200, help="by each door")
    chosen = parser.parse_args()
    print(described(), "\n")
    bench = bench_shop(f"api-benchmark-{uuid.uuid4().hex[:8]}")
    try:
        with serving(bench) as pids:
            report(bench, pids, chosen.seconds, chosen.answers)
    finally:
        bench.workspace.delete()


if __name__ == "__main__":
    main()
