"""After lost connections and wakes, the client's list still matches the database."""

import asyncio
import contextlib
import json
import random
import uuid
from itertools import pairwise

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async

from conversations.events import append as event_append
from conversations.events import notify, stream
from conversations.events.stream import Place
from conversations.models import Conversation, Message
from tests.conftest import ORIGIN, Customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
REPLIES, PIECES = 250, 18  # with their beginnings and ends 5,000 events
AHEAD = 10  # events, or what is read again after each cut takes most of the time
CUTS = 1_000  # every twentieth of them of a real socket, the others at the source that every door reads from


class List:
    """What a client shows, made of events alone."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.seqs: list[int] = []

    def hear(self, event) -> None:
        if "seq" not in event or event["type"] == "session.ready":
            return
        self.seqs.append(event["seq"])
        if event["type"] == "reply.started":
            self.texts[event["message_id"]] = ""
        if event["type"] == "reply.delta":
            self.texts[event["message_id"]] += event["text"]


def stored_replies(conversation):
    said = [
        Message(conversation=conversation, seq=number + 1, role="assistant", text=text_of(number))
        for number in range(REPLIES)
    ]
    return Message.objects.bulk_create(said)


def text_of(number):
    return " ".join(f"word{number}.{piece}" for piece in range(PIECES))


async def tell(replies, shown):
    """Publish the events of every reply, as its writer would have, never far ahead of whoever reads them."""
    for number, reply in enumerate(replies):
        while number * (PIECES + 2) - len(shown.seqs) > AHEAD:  # noqa: ASYNC110 - the reader sets no event
            await asyncio.sleep(0.005)
        words = reply.text.split(" ")
        pieces = [("reply.delta", word if at == 0 else f" {word}") for at, word in enumerate(words)]
        await append(reply, [("reply.started", ""), *pieces, ("reply.completed", reply.text)])
        await notify.wake(str(reply.conversation_id))


async def append(reply, told):
    """Append events as `apublish` does, and wake nobody."""
    written = [json.dumps({"type": kind, "message_id": str(reply.pk), "text": text}) for kind, text in told]
    await event_append.aappend(reply.conversation_id, written)


async def test_a_thousand_cuts_in_five_thousand_events_lose_and_double_nothing(server, chat, widget, settings):
    settings.SOCKETS_PER_VISITOR = 1000  # cut lines are noticed late
    async with chat() as ana:
        ready = ana.ready
    conversation = await Conversation.objects.aget(pk=ready["conversation"])
    replies = await sync_to_async(stored_replies)(conversation)
    place, last = Place(ready["epoch"], ready["seq"]), REPLIES * (PIECES + 2)
    shown, dice = List(), random.Random(18)

    telling = asyncio.create_task(tell(replies, shown))
    async with notify.listening(ready["conversation"]):  # as another tab would
        for cut in range(CUTS, 0, -1):
            at_once = max(1, min(dice.randint(1, 9), last - place.seq - cut))
            hear = heard_on_a_socket if cut % 20 == 0 else followed
            place = await hear(server, widget, ready, place, at_once, shown)
        await followed(server, widget, ready, place, last - place.seq, shown)
    await telling

    assert shown.seqs == list(range(1, last + 1))
    assert list(shown.texts.items()) == [(str(reply.pk), reply.text) for reply in replies]


async def heard_on_a_socket(server, widget, ready, place, count, shown) -> Place:
    """Come back on a real socket, hear so many events, and vanish without a word."""
    back_to = {"session": ready["session"], "conversation": ready["conversation"]}
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as socket:
        ana = Customer(socket)
        await ana.send(type="hello", widget=widget.public_key, **back_to, epoch=place.epoch, after_seq=place.seq)
        await ana.next("session.ready")
        for _ in range(count):
            shown.hear(await ana.next())
        socket.transport.abort()
    return Place(place.epoch, shown.seqs[-1])


async def followed(server, widget, ready, place, count, shown) -> Place:
    """The same without a socket."""
    async with contextlib.aclosing(stream.follow(ready["conversation"], place)) as following:
        for _ in range(count):
            shown.hear(await anext(following))
    return Place(place.epoch, shown.seqs[-1])


async def test_wakes_that_are_lost_cost_time_and_no_event(chat, settings):
    settings.SOCKET_POLL_INTERVAL_S = 0.5
    async with chat() as ana:
        unheard = Message(conversation_id=ana.ready["conversation"])
        await append(unheard, [("reply.delta", str(number)) for number in range(2_000)])
        heard = [await ana.next() for _ in range(2_000)]

    assert [event["text"] for event in heard] == [str(number) for number in range(2_000)]
    assert all(after["seq"] == before["seq"] + 1 for before, after in pairwise(heard))


async def test_fifty_sends_at_once_of_one_message_are_one_message(server, chat, engine, returns_article, settings):
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = 1_000
    engine.script = ["Print the label from your account [1]."]
    said = {"client_ref": str(uuid.uuid4()), "text": "How do I send something back?"}
    async with contextlib.AsyncExitStack() as tabs:
        ana = await tabs.enter_async_context(chat())
        back = {"session": ana.ready["session"], "conversation": ana.ready["conversation"]}
        others = [await tabs.enter_async_context(chat(**back)) for _ in range(4)]
        browser = await tabs.enter_async_context(httpx.AsyncClient(base_url=f"http://{server}", timeout=60))
        browser.headers["Authorization"] = f"Bearer {back['session']}"
        messages = f"/api/v1/conversations/{back['conversation']}/messages/"
        sends = [tab.send(type="message.send", **said) for tab in [ana, *others] * 8]
        posted = (await asyncio.gather(*(browser.post(messages, json=said) for _ in range(10)), *sends))[:10]
        accepted = [await tab.next("message.accepted") for tab in [ana, *others]]
        await ana.next("reply.completed")
        other = await browser.post(messages, json=said | {"text": "And how do I get my money back?"})

    assert {answer.status_code for answer in posted} == {201}
    assert len({answer.json()["message"]["id"] for answer in posted} | {ack["message_id"] for ack in accepted}) == 1
    assert len({answer.json()["reply"]["id"] for answer in posted}) == len({ack["seq"] for ack in accepted}) == 1
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_mismatch")
    assert [message.role async for message in Message.objects.order_by("seq")] == ["customer", "assistant"]
    assert len(engine.asked) == 1
