"""How often a growing reply is told: at a rate of its own, and at one that all replies of the process share."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from time import monotonic

import pytest

from conversations.events import stream
from conversations.events.stream import Place
from conversations.models import Message
from conversations.replies.receipts import ReplyState
from conversations.replies.stream_writer import AT_WORK, StreamWriter

WORDS, APART_S = 12, 0.05


async def spoken() -> AsyncGenerator[str, None]:
    """As a model's server speaks: after a while, and it goes on while nobody reads."""
    yield AT_WORK
    began = monotonic()
    for number in range(WORDS):
        await asyncio.sleep(began + number * APART_S - monotonic())
        yield f"word{number} "


async def told_of(replies: int) -> list[list[str]]:
    """The deltas of so many replies that are written at once."""
    written = [
        Message(pk=uuid.uuid4(), conversation_id=uuid.uuid4(), in_reply_to_id=uuid.uuid4()) for _ in range(replies)
    ]
    scribes = [StreamWriter(reply, ReplyState(str(reply.pk))) for reply in written]
    await asyncio.gather(*(writer.take(spoken()) for writer in scribes))
    found = []
    for writer in scribes:
        assert writer.place is not None
        heard = await stream.read(writer.reply.conversation_id, Place(writer.place.epoch, 0))
        found.append([event["text"] for event in heard if event["type"] == "reply.delta"])
    return found


@pytest.fixture(autouse=True)
def _rates(settings):
    settings.REPLY_DELTAS_PER_S, settings.PROCESS_DELTAS_PER_S = 1000, 1000


@pytest.mark.timing
async def test_every_piece_is_told_where_there_is_time():
    (told,) = await told_of(1)

    assert told == [f"word{number} " for number in range(WORDS)]


@pytest.mark.timing
async def test_a_reply_keeps_to_its_own_rate(settings):
    settings.REPLY_DELTAS_PER_S = 2

    (told,) = await told_of(1)

    assert told[0] == "word0 "
    assert len(told) < WORDS
    assert "".join(told) == "".join(f"word{number} " for number in range(WORDS))


@pytest.mark.timing
async def test_the_more_replies_a_process_writes_the_less_often_each_is_told(settings):
    settings.PROCESS_DELTAS_PER_S = 40

    (alone,) = await told_of(1)
    together = await told_of(20)

    assert len(alone) == WORDS
    assert all(len(told) < WORDS for told in together)
    assert all("".join(told) == "".join(alone) for told in together)


async def at_hand() -> AsyncGenerator[str, None]:
    yield "It is all there."


async def test_what_comes_whole_is_told_together_with_its_end():
    reply = Message(pk=uuid.uuid4(), conversation_id=uuid.uuid4(), in_reply_to_id=uuid.uuid4())
    writer = StreamWriter(reply, ReplyState(str(reply.pk)))
    await writer.take(at_hand())
    untold = writer.place
    await writer.publish(("reply.completed", {"text": "It is all there."}))
    heard = await stream.read(reply.conversation_id, Place(writer.place.epoch, 0))

    assert untold is None
    assert [event["type"] for event in heard] == ["reply.started", "reply.delta", "reply.completed"]
    assert {event["text"] for event in heard[1:]} == {"It is all there."}
