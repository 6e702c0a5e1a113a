"""Twelve hundred lines that send a byte now and then, or nothing: all of them end, and nobody else waits for it."""

import asyncio
import contextlib
import random
from time import monotonic

import httpx
import pytest
import websockets

from tests.conftest import ORIGIN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
CREEPING, SILENT, SPEECHLESS = 500, 500, 200
HEAD = b"GET /healthz HTTP/1.1\r\nHost: shop.test\r\nX-Slow: " + b"x" * 1_000


async def test_lines_that_creep_and_sockets_that_say_nothing_all_end(processes, widget):
    processes.environment |= {"HEADERS_TIMEOUT_S": "3", "HELLO_TIMEOUT_S": "3"}
    await asyncio.to_thread(processes.web)
    port = int(processes.environment["PORT"])
    async with asyncio.timeout(60), asyncio.TaskGroup() as lines:
        creeping = [lines.create_task(creep(port)) for _ in range(CREEPING)]
        silent = [lines.create_task(be_silent(port)) for _ in range(SILENT)]
        speechless = [lines.create_task(say_no_hello(port)) for _ in range(SPEECHLESS)]
        probes_s = await probed(port, [*creeping, *silent, *speechless])

    assert {line.result() for line in creeping + silent} == {b""}
    assert {line.result() for line in speechless} == {4408}
    assert sorted(probes_s)[len(probes_s) // 2] < 1


async def creep(port: int) -> bytes:
    """Send the head of a request byte by byte; what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read())
    with contextlib.suppress(ConnectionError):
        for byte in HEAD:
            writer.write(bytes([byte]))
            await asyncio.wait({answer}, timeout=random.uniform(0.5, 1))
            if answer.done():
                break
    return await answer


async def be_silent(port: int) -> bytes:
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    return await reader.read()


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
