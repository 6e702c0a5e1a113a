"""Many connections that send a byte now and then, or nothing, are closed; others are not delayed."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

import httpx
import pytest
import websockets

from tests.conftest import ORIGIN
from tests.faults.scale import BYTE_INTERVAL_S, CREEPING, HEALTH_S, IS_FULL, LINES_END_S, SILENT, SPEECHLESS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
OPENED_PER_S = 400  # or the health of a process would be that of its tester, who opens them
Line = Callable[[int], Coroutine[Any, Any, Any]]
HEAD = b"GET /healthz HTTP/1.1\r\nHost: shop.test\r\nX-Slow: " + b"x" * 1_000


async def test_lines_that_creep_and_sockets_that_say_nothing_all_end(processes, widget):
    if not IS_FULL:
        processes.environment |= {"HEADERS_TIMEOUT_S": "3", "HELLO_TIMEOUT_S": "3"}
    await asyncio.to_thread(processes.web)
    port = int(processes.environment["PORT"])
    openings = [creep] * CREEPING + [be_silent] * SILENT + [say_no_hello] * SPEECHLESS
    random.shuffle(openings)
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        lines = [group.create_task(opened(line, port, n / OPENED_PER_S)) for n, line in enumerate(openings)]
        probes_s = await probed(port, lines)

    ends = Counter((line, end) for line, end, _ in (each.result() for each in lines))
    latest_s, middle_s = max(each.result()[2] for each in lines), sorted(probes_s)[len(probes_s) // 2]
    print(f"{len(lines)} lines, the last closed {latest_s:.1f} s after it was opened;", end=" ")
    print(f"health took {middle_s:.3f} s in the middle, at most {max(probes_s):.3f} s ({len(probes_s)} times)")
    assert ends == {(creep, b""): CREEPING, (be_silent, b""): SILENT, (say_no_hello, 4408): SPEECHLESS}
    assert latest_s < LINES_END_S
    assert not IS_FULL or max(probes_s) < HEALTH_S


async def opened(line: Line, port: int, after_s: float) -> tuple[Line, Any, float]:
    """How a line ended, and after what time."""
    await asyncio.sleep(after_s)
    begun_at = monotonic()
    return line, await line(port), monotonic() - begun_at


async def creep(port: int) -> bytes:
    """Send the head of a request byte by byte; what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(read_to_its_end(reader))
    with contextlib.suppress(ConnectionError):
        for byte in HEAD:
            writer.write(bytes([byte]))
            await asyncio.wait({answer}, timeout=BYTE_INTERVAL_S)
            if answer.done():
                break
    return await answer


async def be_silent(port: int) -> bytes:
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    return await read_to_its_end(reader)


async def read_to_its_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:  # our last byte came when it was closed
        return b""


async def say_no_hello(port: int) -> int:
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws/chat/", origin=ORIGIN, open_timeout=60) as connected:
        await connected.wait_closed()
    return connected.close_code


async def probed(port: int, lines: list[asyncio.Task]) -> list[float]:
    """Ask whether the process lives until all lines have ended; how long each answer took."""
    took_s = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as operator:
        while not all(line.done() for line in lines):
            asked_at = monotonic()
            (await operator.get("/healthz")).raise_for_status()
            took_s.append(monotonic() - asked_at)
            await asyncio.sleep(0.1)
    return took_s
