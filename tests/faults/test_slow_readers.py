"""Fifty sockets stop reading mid-stream: little memory, no effect on others, nothing lost."""

import asyncio
import contextlib
import json
import socket

import pytest
import websockets

from conversations.events import stream
from tests.conftest import ORIGIN
from tests.faults.customers import QUESTION, crowd, socket_to, tell_upstream
from tests.faults.figures import lines_to, memory_mib

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
VISITORS, STUCK_EACH = 5, 10
TOLD, TEXT = 400, "x" * 8_000  # of each conversation: far more than the kernel takes in for somebody


async def test_fifty_who_stop_reading_are_gone_soon_and_get_everything_when_they_return(
    processes, widget, returns_article
):
    processes.environment |= {"SEND_TIMEOUT_S": "1", "TCP_USER_TIMEOUT_S": "2", "SOCKETS_PER_VISITOR": "20"}
    web = await asyncio.to_thread(processes.web)
    port = int(processes.environment["PORT"])
    async with (
        crowd(processes, widget, VISITORS) as readers,
        socket_to(processes, widget) as bob,
        contextlib.AsyncExitStack() as stuck,
    ):
        for reader in readers * STUCK_EACH:
            await stuck.enter_async_context(stuck_reader(port, widget, reader.ready))
        await tell_upstream(processes, tokens_per_s=100)
        await bob.ask(QUESTION)  # what the first answer takes is not theirs
        before_mib, lines_before = memory_mib(web.pid), lines_to(port)
        await bob.say("And how long have I got for it?")
        told, *_ = await asyncio.gather(tell(readers, web.pid), *map(hear_all, readers))
        await bob.next("reply.completed", timeout_s=60)
        async with asyncio.timeout(60):
            while lines_to(port) > VISITORS + 1:  # noqa: ASYNC110 - the kernel has no event for it
                await asyncio.sleep(0.1)

    assert lines_before >= VISITORS * (STUCK_EACH + 1) + 1
    assert max(told) - before_mib < 32
    for reader in readers:
        back_to = {name: reader.ready[name] for name in ("session", "conversation", "epoch")}
        async with socket_to(processes, widget, **back_to, after_seq=0) as back:
            await hear_all(back)


async def tell(readers, pid) -> list[float]:
    """Tell everybody's conversation a long reply; what the web process took of memory meanwhile."""
    took_mib = []
    for number in range(TOLD):
        for reader in readers:
            conversation = reader.ready["conversation"]
            await stream.apublish(conversation, "reply.delta", message_id="m", text=f"{number} {TEXT}")
        took_mib.append(memory_mib(pid))
    return took_mib


async def hear_all(reader) -> None:
    heard = [await reader.next("reply.delta", timeout_s=60) for _ in range(TOLD)]
    assert [event["seq"] for event in heard] == list(range(1, TOLD + 1))


@contextlib.asynccontextmanager
async def stuck_reader(port, widget, ready):
    """Says hello, hears that it may come in, and never reads again; with as little room as can be had."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    connected = await websockets.connect(f"ws://127.0.0.1:{port}/ws/chat/", origin=ORIGIN, sock=plain, max_queue=1)
    hello = {name: ready[name] for name in ("session", "conversation", "epoch")}
    await connected.send(json.dumps({"type": "hello", "widget": widget.public_key, "after_seq": 0, **hello}))
    await connected.recv()
    connected.transport.pause_reading()
    yield
    connected.transport.abort()
