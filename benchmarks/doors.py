"""Cached answers a second, and how long they take, through the socket, REST and `/v1/chat/completions`, beside the
LiteLLM proxy in the same run.

Run: python -m benchmarks doors [--rounds 6] [--answers 100] [--at-once 1 8 16 64]. One web process, and one worker of
the proxy with its Redis cache on; both use the same Redis and the same fake model server, and the clients are one other
process on the same machine. The doors take turns in random order, so that all of them meet the same machine. The first
run installs the proxy into benchmarks/.cache/litellm_proxy. Fails where anything is refused, or the proxy is ahead.
"""

import argparse
import asyncio
import logging
import random
import statistics
import sys
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np

from assistant.confidence_intervals import bootstrap
from benchmarks import doors_talk
from benchmarks.api_server import Bench, bench_shop, serving
from benchmarks.cache_rivals import versions_of
from benchmarks.doors_talk import Door, Slice, completions_door, quiet, rest_door, socket_door, turn
from benchmarks.machine import described

OURS = "/v1/chat/completions"
PROXY = "LiteLLM proxy"
Found = dict[tuple[int, str], list[Slice]]  # how many at once, which door: its turns


async def measured(bench: Bench, doors: Sequence[Door], widths: Sequence[int], rounds: int, answers: int) -> Found:
    """Each door `rounds` times at each width. The cache is filled, and everything warm, before."""
    found: Found = defaultdict(list)
    chance = random.Random(7)
    for door in doors:
        await turn(door, 20, 4)
    asked_before = questions_at_the_model(bench)
    for width in widths:
        count = max(answers, 4 * width)
        for _ in range(rounds):
            for door in chance.sample(list(doors), len(doors)):
                await quiet({pid for each in doors for pid in each.pids})
                found[width, door.name].append(await turn(door, count, width))
        print(f"{width} at once: done", file=sys.stderr, flush=True)
    if asked := questions_at_the_model(bench) - asked_before:
        print(f"{asked} questions went to the model: not all answers came from the cache.\n")
    return found


def questions_at_the_model(bench: Bench) -> int:
    told = httpx.get(f"http://127.0.0.1:{bench.model_port}/log", trust_env=False).json()
    return len(told["requests"])


def p95(found: Sequence[float], axis: int | None = None) -> Any:
    return np.percentile(found, 95, axis=axis, method="inverted_cdf")


def report(found: Found, widths: Sequence[int], doors: Sequence[Door]) -> list[str]:
    """Print the table. Return what missed its limit."""
    print("| at once | door | answers a second | p50, ms | p95, ms | CPU of the server each, ms | n | refused |")
    print("|---|---|---|---|---|---|---|---|")
    missed = []
    for width in widths:
        for door in doors:
            missed += row(width, door.name, found[width, door.name])
    print(f"\n{OURS} against the proxy, turn by turn:\n")
    print("| at once | as many answers a second | 95 % interval |\n|---|---|---|")
    for width in widths:
        pairs = zip(found[width, OURS], found[width, PROXY], strict=True)
        shares = [ours.per_s / theirs.per_s for ours, theirs in pairs]
        share, (low, high) = statistics.median(shares), bootstrap(shares, np.median)
        print(f"| {width} | {share:.2f} times | {low:.2f} to {high:.2f} |")
        if share <= 1:
            missed.append(f"behind the proxy at {width} at once")
    return missed


def row(width: int, name: str, turns: Sequence[Slice]) -> list[str]:
    rates = [each.per_s for each in turns]
    took_ms = [ms for each in turns for ms in each.took_ms]
    refused = [why for each in turns for why in each.refused]
    (low, high), (p95_low, p95_high) = bootstrap(rates, np.median), bootstrap(took_ms, p95)
    cpu_ms = 1000 * sum(each.cpu_s for each in turns) / max(1, len(took_ms))
    cells = (
        str(width),
        name,
        f"{statistics.median(rates):.0f} [{low:.0f}, {high:.0f}]",
        f"{statistics.median(took_ms):.0f}",
        f"{p95(took_ms):.0f} [{p95_low:.0f}, {p95_high:.0f}]",
        f"{cpu_ms:.1f}",
        str(len(took_ms)),
        str(len(refused)),
    )
    print("|", " | ".join(cells), "|", flush=True)
    return [f"{len(refused)} refused at {width} at once: {refused[0]}"] if refused and name != PROXY else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="turns of each door at each width")
    parser.add_argument("--answers", type=int, default=100, help="in a turn, or four for each at once")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8, 16, 64])
    chosen = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    bench = bench_shop(f"doors-benchmark-{uuid.uuid4().hex[:8]}")
    try:
        with serving(bench) as pids, doors_talk.proxy(bench) as proxy:
            print(f"{described()}, {versions_of(doors_talk.HOME, 'litellm')}\n")
            ours = completions_door(OURS, pids, bench.url, bench.secret, "brevity")
            doors = [socket_door(bench, pids), rest_door(bench, pids), ours, proxy]
            found = asyncio.run(measured(bench, doors, chosen.at_once, chosen.rounds, chosen.answers))
        missed = report(found, chosen.at_once, doors)
    finally:
        bench.workspace.delete()
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
