"""Customers of processes that end: they connect, ask, receive events and resume."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import httpx
import websockets

from assistant.workspaces.models import Widget
from tests.conftest import ORIGIN, Customer
from tests.faults.conftest import Processes
from tests.faults.things import question_about

QUESTION = "How do I send something back?"


async def tell_upstream(processes: Processes, **behaviour: Any) -> None:
    """Set how the fake model server answers what is asked from now on."""
    async with httpx.AsyncClient(base_url=processes.environment["LARGE_MODEL_URL"]) as operator:
        (await operator.post("/control", json=behaviour)).raise_for_status()


@contextlib.asynccontextmanager
async def socket_to(processes: Processes, widget: Widget, **hello: Any) -> AsyncIterator[Customer]:
    address = f"ws://127.0.0.1:{processes.environment['PORT']}/ws/chat/"
    async with websockets.connect(address, origin=ORIGIN) as socket:
        customer = Customer(socket)
        await customer.send(type="hello", widget=widget.public_key, **hello)
        customer.ready = await customer.next("session.ready")
        yield customer


@contextlib.asynccontextmanager
async def crowd(processes: Processes, widget: Widget, count: int) -> AsyncIterator[list[Customer]]:
    async with contextlib.AsyncExitStack() as entered:
        yield [await entered.enter_async_context(socket_to(processes, widget)) for _ in range(count)]


async def begin(customers: list[Customer], things: list[str]) -> None:
    """Have each ask about a thing, and wait until each reads the beginning of an answer.

    Who asks what another is being answered reads nothing yet: that its reply is begun is waited for then.
    """
    pairs = list(zip(customers, things, strict=True))
    leaders = [pair for place, pair in enumerate(pairs) if pair[1] not in things[:place]]
    followers = [pair for place, pair in enumerate(pairs) if pair[1] in things[:place]]
    for asking, awaited in ((leaders, "reply.delta"), (followers, "reply.started")):
        await asyncio.gather(*(customer.say(question_about(thing)) for customer, thing in asking))
        await asyncio.gather(*(customer.next(awaited, timeout_s=60) for customer, _ in asking))


async def hear_out(customer: Customer) -> int:
    """Hear all there is until the socket is closed; the code it was closed with."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await customer.next(timeout_s=60)
    return customer.socket.close_code


async def hear_the_end(processes: Processes, widget: Widget, customer: Customer) -> dict[str, Any]:
    """Come back behind the last event that was heard, and hear the rest of the reply into the same list."""
    back_to = {name: customer.ready[name] for name in ("session", "conversation", "epoch")}
    after_seq = numbered(customer)[-1]["seq"]
    async with socket_to(processes, widget, **back_to, after_seq=after_seq) as back:
        completed = await back.next("reply.completed", timeout_s=90)
    assert "messages" not in back.ready
    customer.heard += back.heard
    return completed


async def told(customer: Customer, text: str, ref: str = "") -> tuple[dict[str, Any], float]:
    """What is said to a message, that it is accepted or why it is not; and how long that took."""
    ref, asked_at = ref or str(uuid.uuid4()), monotonic()
    await customer.send(type="message.send", client_ref=ref, text=text)
    while (event := await customer.next(timeout_s=60)).get("client_ref") != ref:
        pass
    return event, monotonic() - asked_at


async def taken(customer: Customer, text: str, ref: str) -> str:
    """As a client that is told to try later does: again, until the message is accepted. Its id."""
    while True:
        event, _ = await told(customer, text, ref)
        if event["type"] == "message.accepted":
            return event["message_id"]
        await asyncio.sleep(0.5)


def browser_of(processes: Processes, customer: Customer) -> httpx.AsyncClient:
    session = {"Authorization": f"Bearer {customer.ready['session']}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{processes.environment['PORT']}", headers=session, timeout=60)


def numbered(customer: Customer) -> list[dict[str, Any]]:
    return [event for event in customer.heard if "seq" in event and event["type"] != "session.ready"]


def shown(customer: Customer) -> str:
    """The reply as a client builds it from deltas alone."""
    text = ""
    for event in customer.heard:
        if event["type"] == "reply.restarted":
            text = ""
        if event["type"] == "reply.delta":
            text += event["text"]
    return text.strip()
