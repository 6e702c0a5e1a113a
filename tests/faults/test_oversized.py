"""Oversized requests are refused however their size is hidden, and need little memory."""

import asyncio
import contextlib
import json
import zlib

import httpx
import pytest
import websockets
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tests.conftest import ORIGIN
from tests.faults.customers import socket_to
from tests.faults.figures import memory_mib

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
TEN_MB = 10_000_000
MOST_MIB = 16
BODY = b'{"text": "' + b"x" * TEN_MB + b'"}'


async def test_oversized_bodies_and_frames_are_refused_and_take_no_memory(processes, widget):
    web = await asyncio.to_thread(processes.web)
    async with socket_to(processes, widget) as ana:
        door = f"/api/v1/conversations/{ana.ready['conversation']}/messages/"
        session = {"Authorization": f"Bearer {ana.ready['session']}", "Content-Type": "application/json"}
    address = f"http://127.0.0.1:{processes.environment['PORT']}"
    async with httpx.AsyncClient(base_url=address, headers=session, timeout=60) as browser:
        assert (await browser.post(door, json={"text": ""})).status_code == 422  # it is the door that is meant
        before_mib = memory_mib(web.pid)
        answers = [
            await browser.post(door, content=BODY),
            await browser.post(door, content=in_chunks()),
            await browser.post(door, content=b'{"text": ' + b"[" * 100_000),
            await browser.post(door, content=b'{"text": ' + b'{"a":' * 100_000),
            await browser.post(door, content=b'{"text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
        ]
        understated = await with_understated_length(processes, door, session)
        codes = [await closed_with(processes, widget, bomb) for bomb in (one_frame, fragments, deflated)]
        took_mib = memory_mib(web.pid) - before_mib
        alive = await browser.get("/healthz")

    assert [answer.status_code for answer in answers] == [413, 413, 400, 400, 400]
    assert [answer.json()["error"]["code"] for answer in answers] == ["too_large"] * 2 + ["invalid_json"] * 3
    assert understated.startswith(b"HTTP/1.1 400")
    assert codes == [1009, 1009, 1002]
    assert took_mib < MOST_MIB
    assert alive.status_code == 200


async def in_chunks():
    """Of unknown length."""
    for begin in range(0, len(BODY), 60_000):
        yield BODY[begin : begin + 60_000]


async def with_understated_length(processes, door: str, session: dict[str, str]) -> bytes:
    """Announce a hundred bytes and send ten million; what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(processes.environment["PORT"]))
    head = [f"POST {door} HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 100"]
    head += [f"{name}: {value}" for name, value in session.items()]
    writer.write("\r\n".join([*head, "", ""]).encode())
    answer = asyncio.create_task(reader.read(1_000))
    with contextlib.suppress(ConnectionError):
        writer.write(BODY)
        await writer.drain()
    return await answer


async def closed_with(processes, widget, bomb) -> int:
    # Not left by `async with`, which closes once more: of a socket that was closed while it still sent, asyncio of
    # Python 3.11 has no event loop any more to do that in.
    connected = await websockets.connect(f"ws://127.0.0.1:{processes.environment['PORT']}/ws/chat/", origin=ORIGIN)
    await connected.send(json.dumps({"type": "hello", "widget": widget.public_key}))
    await connected.recv()
    with contextlib.suppress(ConnectionClosed):
        await bomb(connected)
    await connected.wait_closed()
    return connected.close_code


async def one_frame(connected) -> None:
    await connected.send("x" * TEN_MB)


async def fragments(connected) -> None:
    await connected.send("x" * 1_000 for _ in range(TEN_MB // 1_000))


async def deflated(connected) -> None:
    """Ten kilobytes that would become ten megabytes, in a compression that was never agreed on."""
    compress = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = compress.compress(json.dumps({"type": "ping", "x": "x" * TEN_MB}).encode()) + compress.flush(
        zlib.Z_SYNC_FLUSH
    )
    frame = bytearray(Frame(Opcode.TEXT, data[:-4]).serialize(mask=True))
    frame[0] |= 0b0100_0000  # it says that it is compressed
    connected.transport.write(bytes(frame))
