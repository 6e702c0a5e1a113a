"""A text of one customer or model does not block others in the same process (rows B2 and B3)."""

import asyncio
import contextlib
from time import thread_time

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Conversation, Message
from tests.hostile.measuring import slowness

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT_S = 0.05 * slowness()
TEXTS = ("game ", "|", "to ", "Order 1 ", "a [1]. ", "[a](", "million ")
QUESTION = "How do I send something back?"


@contextlib.asynccontextmanager
async def watched():
    """A list, of which the first is the longest step of this loop: of the processor, so that others do not count."""
    longest = [0.0]

    async def watch():
        while True:
            before = thread_time()
            await asyncio.sleep(0.001)
            longest[0] = max(longest[0], thread_time() - before)

    watching = asyncio.create_task(watch())
    try:
        yield longest
    finally:
        watching.cancel()


def write_history(conversation_id, text):
    said = [
        Message(conversation_id=conversation_id, seq=seq, role=role, text=(text * 4_000)[:4_000])
        for seq, role in enumerate(["customer", "assistant"] * 25, start=1)
    ]
    Message.objects.bulk_create(said)
    Conversation.objects.filter(pk=conversation_id).update(last_seq=len(said))


@pytest.mark.parametrize("text", TEXTS)
async def test_a_long_conversation_of_any_text_holds_nobody_up(chat, engine, returns_article, text):
    engine.script = ["Print the label and hand it in at any post office [1]."]
    async with chat() as ana:
        await ana.ask(QUESTION)  # what is loaded once is no part of it
    async with chat() as bob:
        await sync_to_async(write_history)(bob.ready["conversation"], text)

        async with watched() as longest:
            await bob.ask(QUESTION)

    assert longest[0] < LIMIT_S


@pytest.mark.parametrize("pieces", [["![a]("] * 300, ["[x](//evil "] * 300, ["a [1]. "] * 500, ["word " * 4_000]])
async def test_a_model_that_says_anything_holds_nobody_up(chat, engine, returns_article, pieces):
    engine.script = ["Print the label [1].", pieces]

    async with chat() as ana:
        await ana.ask(QUESTION)
        async with watched() as longest:
            await ana.ask("Where can I hand it in, and how long does the refund take?")

    assert longest[0] < LIMIT_S


async def test_a_model_that_does_not_end_is_cut_off(chat, engine, returns_article, settings):
    settings.REPLY_MAX_CHARS = 1_000
    engine.script = [["You can send it back within 30 days [1]. "] * 100]

    async with chat() as ana:
        completed = await ana.ask(QUESTION)

    assert completed["status"] == "incomplete"
    assert 900 < len(completed["text"]) <= 1_000
    assert engine.closed == 1
