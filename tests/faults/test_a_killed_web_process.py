"""A web process dies in the middle of a reply; the customer still gets one whole answer."""

import asyncio
import contextlib

import pytest
import websockets

from conversations.models import Message
from tests.conftest import ORIGIN, Customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
QUESTION = "How do I send something back?"


@contextlib.asynccontextmanager
async def socket_to(processes, widget, **hello):
    address = f"ws://127.0.0.1:{processes.environment['PORT']}/ws/chat/"
    async with websockets.connect(address, origin=ORIGIN) as socket:
        customer = Customer(socket)
        await customer.send(type="hello", widget=widget.public_key, **hello)
        customer.ready = await customer.next("session.ready")
        yield customer


async def test_a_reply_cut_by_kill_9_is_finished_once_and_the_client_that_returns_gets_it_whole(
    processes, widget, returns_article
):
    web = await asyncio.to_thread(processes.web)
    processes.worker()
    async with socket_to(processes, widget) as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta", timeout_s=60)
        processes.kill(web)
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await ana.next()
    last, ready = ana.heard[-1]["seq"], ana.ready

    await asyncio.to_thread(processes.web)
    back_to = {name: ready[name] for name in ("session", "conversation", "epoch")}
    async with socket_to(processes, widget, **back_to, after_seq=last) as back:
        completed = await back.next("reply.completed", timeout_s=90)

    replies = [message async for message in Message.objects.filter(role="assistant")]
    assert [message.status for message in replies] == ["done"]
    assert replies[0].attempt >= 2
    assert completed["text"] == replies[0].text
    assert completed["citations"]
    assert [event["seq"] for event in back.heard[1:]] == list(range(last + 1, completed["seq"] + 1))
    said = ""
    for event in back.heard:
        said = (
            ""
            if event["type"] == "reply.restarted"
            else said + (event["text"] if event["type"] == "reply.delta" else "")
        )
    assert said.strip() == completed["text"]
