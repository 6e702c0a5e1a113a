"""What a socket costs: idle ones held, a storm of them coming back, cached answers asked over them.

Run: python -m benchmarks sockets [--idle 10000] [--hold-s 600] [--storm 2000] [--asking 16] [--answers 2000].
The application runs in a process of its own as in production (uvicorn, one process); the customers are one
other process on the same machine. Beside it the bare echo of Channels under the same server and the same customers.
"""

import argparse
import asyncio
import statistics
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import contextmanager

import psutil

from assistant.server.serve import raise_open_files_limit
from benchmarks import sockets_streams
from benchmarks.api_server import Bench, bench_shop, free_port, process, serving, until_answered
from benchmarks.machine import cpu_s, described
from benchmarks.sockets_crowd import (
    Arrivals,
    Guest,
    ask,
    crowd,
    echo_without_pause,
    enter,
    leave,
    still_there,
)

Pids = tuple[int, ...]
ECHO_S = 10.0
PROCESSES = 2  # that share the port, in the last row
KIB_MAX, HITS_PER_S_MIN = 64, 100


def rss_kib(pids: Pids) -> float:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1024


def p95(found: list[float]) -> float:
    return statistics.quantiles(found, n=20)[-1]


def row(what: str, found: str) -> None:
    print(f"| {what} | {found} |", flush=True)


async def rate(what: str, pids: Pids, talk: Callable[[list[float]], Awaitable[None]]) -> float:
    """Print messages a second, their times, and the server's processor time for each. Return the rate."""
    took_ms: list[float] = []
    began, used_s = time.perf_counter(), cpu_s(*pids)
    await talk(took_ms)
    lasted_s, count = time.perf_counter() - began, len(took_ms)
    cpu_ms = 1000 * (cpu_s(*pids) - used_s) / count
    times = f"p50 {statistics.median(took_ms):.1f} ms, p95 {p95(took_ms):.1f} ms"
    row(what, f"{count / lasted_s:.0f} a second, {times}, {cpu_ms:.2f} ms of CPU each (n = {count})")
    return count / lasted_s


async def cached_answers(what: str, bench: Bench, pids: Pids, asking: int, count: int) -> float:
    """So many answers from the cache, to customers who said hello before the clock starts, `asking` at one time."""
    guests = (await crowd(bench, [{} for _ in range(count)])).guests
    await ask(await enter(bench), [])  # into the cache
    left = iter(guests)

    async def talk(took_ms: list[float]) -> None:
        async def one_after_another() -> None:
            for guest in left:
                await ask(guest, took_ms)

        await asyncio.gather(*(one_after_another() for _ in range(asking)))

    reached = await rate(what, pids, talk)
    await leave(guests)
    return reached


async def bare_echo(asking: int, seconds: float) -> None:
    port = free_port()
    server = ["uvicorn", "benchmarks.sockets_echo:application", "--port", str(port), "--log-level", "error"]
    options = ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--lifespan", "off"]
    with process([*server, *options], {}) as pid:
        until_answered(f"http://127.0.0.1:{port}/")

        async def talk(took_ms: list[float]) -> None:
            await asyncio.gather(*(echo_without_pause(port, seconds, took_ms) for _ in range(asking)))

        await rate("the bare echo of Channels", (pid,), talk)


async def fill(bench: Bench, pids: Pids, count: int) -> tuple[Arrivals, float]:
    """Bring the idle ones in. Return them, and KiB of the server for each."""
    before_kib, began, used_s = rss_kib(pids), time.perf_counter(), cpu_s(*pids)
    arrivals = await crowd(bench, [{} for _ in range(count)])
    per_socket = (rss_kib(pids) - before_kib) / max(1, len(arrivals.guests))
    cpu_ms = 1000 * (cpu_s(*pids) - used_s) / count
    row(
        "idle sockets that came in",
        f"{len(arrivals.guests)} of {count} in {time.perf_counter() - began:.0f} s; "
        f"{len(arrivals.refused)} tries refused; {cpu_ms:.1f} ms of CPU each",
    )
    row("memory of the server", f"{rss_kib(pids) / 1024:.0f} MiB; {per_socket:.1f} KiB a socket (limit {KIB_MAX})")
    return arrivals, per_socket


async def streams(bench: Bench, pids: Pids) -> dict[str, bool]:
    """Print what fifty streams at one time cost. Return what may have missed its limit, and whether it did."""
    heard, floor_ms = await sockets_streams.measured(bench, pids)
    first_ms, frames = p95(heard.first_ms), max(heard.frames_per_s)
    row(
        f"the first word, beside {sockets_streams.STREAMS} streams of {sockets_streams.TOKENS_PER_S} tokens a second",
        f"p50 {statistics.median(heard.first_ms):.0f} ms, p95 {first_ms:.0f} ms, of which the model server takes "
        f"{floor_ms:.0f} ms; at most {frames:.1f} frames a second each, {heard.gaps} events lost, "
        f"{heard.core_share:.0%} of one core (n = {len(heard.first_ms)})",
    )
    return {
        f"{first_ms - floor_ms:.0f} ms to the first word": first_ms - floor_ms > sockets_streams.OVERHEAD_MS_MAX,
        f"{frames:.1f} frames a second": frames > sockets_streams.FRAMES_PER_S_MAX,
        f"{heard.gaps} events lost": heard.gaps > 0,
        f"{heard.core_share:.0%} of a core for streams": heard.core_share > sockets_streams.CORE_SHARE_MAX,
    }


async def hold(guests: list[Guest], pids: Pids, seconds: float) -> int:
    """Return how many were dropped."""
    began, used_s = time.perf_counter(), cpu_s(*pids)
    await asyncio.sleep(seconds)
    dropped = len(guests) - still_there(guests)
    share = (cpu_s(*pids) - used_s) / (time.perf_counter() - began)
    row("held", f"{seconds:.0f} s, {dropped} dropped, {share:.1%} of one core")
    return dropped


async def storm(bench: Bench, guests: list[Guest]) -> Arrivals:
    """Cut so many off at once; all of them come back at once, to where they were."""
    await leave(guests)
    began = time.perf_counter()
    back = await crowd(bench, [guest.hello() for guest in guests], at_once=len(guests))
    errors = sum("HTTP 5" in refusal for refusal in back.refused)
    row(
        "a storm of sockets that come back",
        f"{len(back.guests)} of {len(guests)} in {time.perf_counter() - began:.1f} s (p95 {p95(back.took_s):.1f} s); "
        f"{len(back.refused)} tries refused, {errors} with a 5xx",
    )
    return back


async def measure(bench: Bench, pids: Pids, chosen: argparse.Namespace) -> list[str]:
    """Print the table. Return what missed its limit."""
    row("what", "found")
    row("---", "---")
    await bare_echo(chosen.asking, ECHO_S)
    alone = await cached_answers("cached answers, nobody else there", bench, pids, chosen.asking, chosen.answers)
    arrivals, per_socket = await fill(bench, pids, chosen.idle)
    dropped = await hold(arrivals.guests, pids, chosen.hold_s)
    what = f"cached answers beside {chosen.idle} idle sockets"
    await cached_answers(what, bench, pids, chosen.asking, chosen.answers)
    back = await storm(bench, arrivals.guests[: chosen.storm])
    await asyncio.to_thread(until_answered, f"{bench.url}/healthz")
    await leave([*arrivals.guests[chosen.storm :], *back.guests])
    missed = {
        f"{per_socket:.1f} KiB a socket": per_socket > KIB_MAX,
        f"{dropped} dropped": dropped,
        f"{arrivals.lost + back.lost} did not come in": arrivals.lost or back.lost,
        "a 5xx in the storm": any("HTTP 5" in refusal for refusal in back.refused),
        f"{alone:.0f} cached answers a second": alone < HITS_PER_S_MIN,
    }
    return [what for what, is_missed in missed.items() if is_missed]


@contextmanager
def shop():
    bench = bench_shop(f"socket-benchmark-{uuid.uuid4().hex[:8]}")
    try:
        yield bench
    finally:
        bench.workspace.delete()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=10_000, help="sockets held")
    parser.add_argument("--hold-s", type=float, default=600)
    parser.add_argument("--storm", type=int, default=2_000, help="of them, cut off and back at once")
    parser.add_argument("--asking", type=int, default=16, help="customers who ask at one time")
    parser.add_argument("--answers", type=int, default=2_000, help="that they get, with and without the idle sockets")
    chosen = parser.parse_args()
    allowed = raise_open_files_limit()
    if chosen.idle + chosen.asking + 100 > allowed:
        sys.exit(f"{allowed} open files are allowed here: raise `ulimit -n`, or hold fewer with --idle.")
    print(described(), "\n")
    with shop() as bench:
        with serving(bench) as pids:
            missed = asyncio.run(measure(bench, pids, chosen))
        with serving(bench, PROCESSES) as pids:
            what = f"cached answers, {PROCESSES} web processes"
            reached = asyncio.run(cached_answers(what, bench, pids, chosen.asking, chosen.answers))
        if reached < HITS_PER_S_MIN:
            missed.append(f"{reached:.0f} cached answers a second by {PROCESSES} processes")
        with serving(bench) as pids:
            missed += [what for what, is_missed in asyncio.run(streams(bench, pids)).items() if is_missed]
    if missed:
        sys.exit("Missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
