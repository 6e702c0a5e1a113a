"""Frames with fields of any type are handled or refused with a code; no socket ends unexpectedly."""

import json
import random
import uuid
from collections import Counter
from typing import Any

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from assistant.errors import BadFrame
from conversations.api.websocket import frames
from conversations.api.websocket.consumer import ChatConsumer
from tests.conftest import ORIGIN, Customer

pytestmark = pytest.mark.django_db(transaction=True)
READ, HELLOS, FRAMES = 10_000, 100, 200
KNOWN = str(uuid.UUID(int=7))
TEXTS = ["", " ", "x", "\0", "a\0b", "\ud800", "\uffff\U0010ffff", "x" * 256, "x" * 5_000, "\r\n", "../..", KNOWN]
NUMBERS = [0, -1, 1.5, 1e308, 2**53, 2**63, 2**70, float("nan"), float("inf"), "RAW:1e999", "RAW:1" + "0" * 400]
OTHERS = [True, None, [], {}, ["\0"], {"a\0": "\0"}, {"a": "\0"}, {"a": {"b": [None]}}, {"": 2**70}, [[[[1]]]]]
IDENTITIES = ("external_id", "email", "name", "hash", "exp", "nonce", "jwt")
FIELDS = {
    "hello": ("session", "identity", "conversation", "after_seq", "epoch", "attributes", "widget", "type"),
    "message.send": ("client_ref", "text", "attachments"),
    "reply.stop": ("message_id",),
    "message.rate": ("message_id", "rating", "comment"),
    "conversation.handoff": ("reason",),
    "typing": ("on",),
}
RIGHT = {
    "widget": "wk_acme",
    "client_ref": KNOWN,
    "text": "hi",
    "message_id": KNOWN,
    "rating": "like",
    "attachments": [KNOWN],
}


class Dice:
    """Throws the same every time."""

    def __init__(self) -> None:
        self.random = random.Random(18)

    def value(self) -> Any:
        return self.random.choice(self.random.choice([TEXTS, NUMBERS, OTHERS]))

    def identity(self) -> dict[str, Any]:
        return {name: self.value() for name in self.random.sample(IDENTITIES, 4)}

    def frame(self, kind: str, right: dict[str, Any]) -> str:
        """A frame of which some fields are wrong, and some are left out."""
        frame = {"type": kind, **right}
        for name in self.random.sample(FIELDS[kind], self.random.choice([1, 1, min(3, len(FIELDS[kind]))])):
            frame[name] = self.identity() if name == "identity" and self.random.random() < 0.7 else self.value()
            if self.random.random() < 0.1:
                del frame[name]
        return as_json(frame)


def as_json(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{as_json(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str) and value.startswith("RAW:"):
        return value.removeprefix("RAW:")
    return json.dumps(value)


def test_ten_thousand_frames_are_read_or_refused():
    dice, read = Dice(), Counter()
    for _ in range(READ):
        kind = dice.random.choice(list(FIELDS))
        try:
            read[type(frames.read(ChatConsumer.parse(dice.frame(kind, right_for(kind)))))] += 1
        except BadFrame as refused:
            read[refused.code] += 1

    assert {BadFrame.code, frames.Hello, frames.MessageSend, frames.MessageRate} <= set(read)


def right_for(kind: str) -> dict[str, Any]:
    return {name: RIGHT[name] for name in FIELDS[kind] if name in RIGHT}


async def test_any_hello_is_answered_or_refused_with_a_code(server, widget, settings):
    settings.SOCKETS_PER_VISITOR = HELLOS
    dice, ends = Dice(), Counter()
    for _ in range(HELLOS):
        async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as connected:
            ana = Customer(connected)
            await connected.send(frame := dice.frame("hello", right_for("hello")))
            try:
                event = await ana.next()
            except ConnectionClosed:
                pytest.fail(f"nothing was said to {frame}")
            if event["type"] != "session.ready":
                await connected.wait_closed()
                assert connected.close_code in (4400, 4401, 4403, 4404), frame
            ends[event.get("code", "session.ready")] += 1

    assert {"bad_frame", "session.ready", "identity_invalid"} <= set(ends)


async def test_any_frame_is_done_or_refused_with_a_code(server, chat, no_engine, settings):
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = settings.REPLIES_PER_VISITOR_HOUR = 100_000
    settings.SOCKETS_PER_VISITOR = settings.NEW_SESSIONS_PER_IP_MINUTE = settings.HANDOFFS_PER_VISITOR_HOUR = FRAMES
    dice, codes, done = Dice(), Counter(), 0
    kinds = [kind for kind in FIELDS if kind != "hello"]
    while done < FRAMES:
        async with chat() as ana:
            while ana.socket.close_code is None:
                kind = dice.random.choice(kinds)
                codes[await said_to(ana, dice.frame(kind, right_for(kind)))] += 1
                done += 1

    assert {"bad_frame", "not_found", "done"} <= set(codes)


async def said_to(ana: Customer, frame: str) -> str:
    """What the server makes of a frame: the code of its refusal, or `done`."""
    try:
        await ana.socket.send(frame)
        await ana.send(type="ping")
        while (event := await ana.next())["type"] not in ("pong", "error"):
            pass
        if event["type"] == "pong":
            return "done"
        await ana.next("pong")
    except ConnectionClosed:
        assert ana.socket.close_code in (4400, 4404), frame
        event = ana.heard[-1]
    return event["code"]
