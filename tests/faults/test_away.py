"""Redis or Postgres goes away, or hangs, and comes back: nothing acknowledged is lost, nothing is answered twice."""

import asyncio
import contextlib
import uuid
from urllib.parse import urlsplit

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async

from assistant.wire import wire
from conversations.models import Message
from tests.faults.customers import QUESTION, socket_to
from tests.faults.gate import gate_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
CUSTOMERS = 5


def through(url: str, port: int) -> str:
    """The same address, by way of a gate."""
    parts = urlsplit(url)
    who = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{who}@127.0.0.1:{port}" if who else f"127.0.0.1:{port}").geturl()


@contextlib.asynccontextmanager
async def shop_behind_gates(processes, *, worker=False):
    """A web process, and a worker where one is needed, that reach Redis and Postgres through gates of their own."""
    environment = processes.environment
    addresses = {name: environment[name] for name in ("REDIS_URL", "DATABASE_URL")}
    async with contextlib.AsyncExitStack() as gates:
        opened = {}
        for name, url in addresses.items():
            parts = urlsplit(url)
            opened[name] = await gates.enter_async_context(gate_to(parts.hostname, parts.port))
            environment[name] = through(url, opened[name].port)
        await asyncio.to_thread(processes.web)
        if worker:
            processes.worker()
        yield opened["REDIS_URL"], opened["DATABASE_URL"]
        for process in processes.running:
            await asyncio.to_thread(processes.kill, process)


async def answered(count: int, timeout_s: float = 120) -> list[Message]:
    async with asyncio.timeout(timeout_s):
        while True:
            replies = [reply async for reply in Message.objects.filter(role="assistant", status="done")]
            if len(replies) >= count:
                return replies
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def returned(processes, widget, **hello):
    """As a client that is told to try later does: again, until it is let in."""
    async with asyncio.timeout(60), contextlib.AsyncExitStack() as entered:
        while True:
            try:
                again = await entered.enter_async_context(socket_to(processes, widget, **hello))
                break
            except websockets.ConnectionClosed:
                await asyncio.sleep(0.5)
        yield again


@pytest.mark.parametrize("forgets", [False, True], ids=["redis comes back", "redis comes back empty"])
async def test_redis_is_away_in_the_middle_of_replies(processes, widget, returns_article, forgets):
    async with shop_behind_gates(processes, worker=True) as (redis_gate, _), contextlib.AsyncExitStack() as sockets:
        customers = [await sockets.enter_async_context(socket_to(processes, widget)) for _ in range(CUSTOMERS)]
        for ana in customers:
            await ana.say(QUESTION)
        await customers[0].next("reply.delta", timeout_s=60)
        redis_gate.shut()
        await asyncio.sleep(2)
        if forgets:
            await sync_to_async(wire().flushdb)()
        redis_gate.open()
        replies = await answered(CUSTOMERS)
        heard = [await ana.next("reply.completed", timeout_s=60) for ana in customers] if not forgets else []

    assert await Message.objects.filter(role="assistant").acount() == CUSTOMERS
    assert len({reply.in_reply_to_id for reply in replies}) == CUSTOMERS
    assert {completed["text"] for completed in heard} <= {reply.text for reply in replies}


async def test_redis_hangs_and_messages_are_taken_all_the_same(processes, widget, returns_article):
    async with shop_behind_gates(processes) as (redis_gate, _), socket_to(processes, widget) as ana:
        history = f"http://127.0.0.1:{processes.environment['PORT']}/api/v1/conversations/"
        redis_gate.freeze()
        await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text=QUESTION)
        async with httpx.AsyncClient(timeout=30) as browser:
            read = await browser.get(history, headers={"Authorization": f"Bearer {ana.ready['session']}"})
        redis_gate.open()
        replies = await answered(1)

    assert read.status_code == 200
    assert len(replies) == 1


async def test_postgres_is_away_and_nothing_is_acknowledged_that_is_not_kept(processes, widget, returns_article):
    accepted: list[str] = []
    async with shop_behind_gates(processes) as (_, database_gate), socket_to(processes, widget) as ana:
        accepted.append((await ana.say("Is anybody there?"))["message_id"])
        await ana.next("reply.completed", timeout_s=60)
        database_gate.shut()
        lost = str(uuid.uuid4())
        await ana.send(type="message.send", client_ref=lost, text=QUESTION)
        refused = await ana.next("error", timeout_s=60)
        async with httpx.AsyncClient(timeout=30) as operator:
            ready = await operator.get(f"http://127.0.0.1:{processes.environment['PORT']}/readyz")
        database_gate.open()
        back = {name: ana.ready[name] for name in ("session", "conversation")}
        async with returned(processes, widget, **back) as again:  # the same process, not started anew
            accepted.append((await again.say(QUESTION, uuid.UUID(lost)))["message_id"])
            await again.next("reply.completed", timeout_s=60)

    assert (refused["code"], ready.status_code) == ("dependency_down", 503)
    kept = {str(pk) async for pk in Message.objects.filter(role="customer").values_list("pk", flat=True)}
    assert set(accepted) == kept
