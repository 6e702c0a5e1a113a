"""Clients that send slowly, never read, or connect in large numbers are disconnected; others are not affected."""

import asyncio
import json
import socket
import struct

import httpx
import pytest
import websockets

from conversations.api.websocket import connections
from conversations.events import stream
from tests.conftest import ORIGIN

pytestmark = pytest.mark.django_db(transaction=True)


async def line_to(server):
    host, port = server.split(":")
    return await asyncio.open_connection(host, int(port))


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTT", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_request_whose_head_never_ends_is_closed(server, settings, sent):
    settings.HEADERS_TIMEOUT_S = 0.5
    lines = [await line_to(server) for _ in range(50)]
    for _, writer in lines:
        writer.write(sent)
    async with httpx.AsyncClient(base_url=f"http://{server}", timeout=30) as bob:
        alive = await bob.get("/healthz")

    ends = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in lines)), 60)

    assert alive.status_code == 200
    assert ends == [b""] * 50


async def test_a_line_that_was_answered_once_gets_no_more_time_for_its_next_request(server, settings):
    settings.HEADERS_TIMEOUT_S = 1.0
    reader, writer = await line_to(server)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"GET /heal")

    assert b"HTTP/1.1" not in await asyncio.wait_for(reader.read(), 60)


async def test_a_body_that_never_ends_is_refused_with_408(server, settings):
    settings.BODY_TIMEOUT_S = 0.5
    reader, writer = await line_to(server)
    writer.write(b"POST /api/v1/conversations/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")

    answer = await asyncio.wait_for(reader.read(), 60)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"request_timeout"' in answer


async def test_one_socket_too_many_for_the_process_is_sent_away_and_the_others_stay(server, chat, settings):
    before = connections.held()  # of tests that were not waited for
    settings.SOCKETS_MAX = before + 2
    async with chat() as ana:
        async with chat():
            async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as third:
                refused = json.loads(await third.recv())
                await third.wait_closed()
            await ana.send(type="ping")
            await ana.next("pong")
        while connections.held() > before + 1:  # noqa: ASYNC110 - a closed socket is noticed in its own time
            await asyncio.sleep(0.01)
        async with chat() as later:
            assert later.ready["type"] == "session.ready"

    assert (refused["code"], third.close_code) == ("dependency_down", 1013)


async def test_a_reader_that_stopped_reading_is_given_up_and_the_others_hear_all(server, chat, widget, settings):
    settings.SEND_TIMEOUT_S = 0.5
    async with chat() as ana:
        conversation = ana.ready["conversation"]
        stuck = await stuck_reader(server, widget, ana.ready)
        while len(connections._open) and sum(map(len, connections._open.values())) < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        for number in range(400):
            await stream.apublish(conversation, "reply.delta", message_id="m", text=f"{number} " + "x" * 20_000)
            await ana.next("reply.delta")

        async with asyncio.timeout(60):
            while sum(map(len, connections._open.values())) > 1:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        stuck.close()

    assert [event["seq"] for event in ana.heard if event["type"] == "reply.delta"] == list(range(1, 401))


async def stuck_reader(server, widget, ready):
    """A socket that says hello and never reads again, with as little room for what comes as can be had."""
    host, port = server.split(":")
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    plain.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(plain, (host, int(port)))
    connected = await websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN, sock=plain, max_queue=1)
    hello = {name: ready[name] for name in ("session", "conversation", "epoch")}
    await connected.send(json.dumps({"type": "hello", "widget": widget.public_key, "after_seq": 0, **hello}))
    connected.transport.pause_reading()
    return plain


async def test_compression_is_not_taken_so_no_small_frame_becomes_a_large_one(server, widget):
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN, compression="deflate") as ana:
        assert ana.response.headers.get("Sec-WebSocket-Extensions") is None
