"""What a model thinks, or wraps around its answer, reaches nobody; and what it cost is told however it ended."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from assistant.llm.engines.base import EngineUnavailable
from assistant.usage.models import ModelCall
from caching.models import CachedAnswer
from conversations.models import Message
from conversations.replies.receipts import PARTS
from knowledge.articles import publishing

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How do I send something back?"
ANSWER = "Print the label from your account [1]."
OBJECT = json.dumps({"text": ANSWER, "action": None})


def pieces(whole: str) -> list[str]:
    return [whole[at : at + 7] for at in range(0, len(whole), 7)]


def publish(workspace, title: str, body: str) -> None:
    publishing.publish(publishing.save_draft(workspace, title=title, body=body))


def on_screen(heard: list[dict[str, Any]]) -> str:
    """All that was ever shown of replies."""
    return "".join(event.get("text", "") for event in heard if event["type"].startswith("reply."))


@pytest.mark.parametrize(
    "raw",
    [
        f"<think>PRIVATE thought about [1]</think>\n\n{OBJECT}",
        f"<think>PRIVATE thought</think>```json\n{OBJECT}\n```",
        f"[{OBJECT}]",
        f"{OBJECT}<|im_end|>\n<|im_start|>user\nPRIVATE",
        json.dumps({"text": f"<think>PRIVATE</think>{ANSWER}", "action": None}),
        f"{ANSWER}<|im_end|>",
    ],
)
async def test_nothing_but_the_answer_is_shown_stored_or_kept(chat, engine, returns_article, raw):
    """Findings D: <think>, fences, lists, end markers."""
    engine.script = [pieces(raw)]

    async with chat() as ana:
        completed = await ana.ask(QUESTION)

    assert completed["text"] == ANSWER
    assert on_screen(ana.heard).count("PRIVATE") == 0
    assert (await Message.objects.aget(role="assistant")).text == ANSWER
    assert [entry.answer async for entry in CachedAnswer.objects.all()] == [ANSWER]


async def test_prompt_and_answer_fit_the_context_of_the_model(chat, engine, returns_article, workspace, settings):
    """Some servers cut what is too long without saying so."""
    settings.REPLY_MAX_TOKENS, workspace.cache_enabled = 100, False
    await workspace.asave()
    engine.script = [ANSWER]
    for country in ("Norway", "Chile", "Japan"):
        body = f"To send something back from {country}, print the label. {'It costs nothing. ' * 40}"
        await sync_to_async(publish)(workspace, f"How do I send something back from {country}?", body)

    receipts = []
    for room in (8_000, 0):
        engine.context_tokens = room or engine.context_tokens
        async with chat() as ana:
            told = await ana.ask("How do I send something back from abroad?")
        receipts.append((await Message.objects.aget(pk=told["message_id"])).receipt)
        used = sum(receipts[-1]["tokens"][part] for part in PARTS)
        engine.context_tokens = used + 100 + 30  # the titles of the passages and the names of fields come to it

    assert receipts[0]["dropped"] == []
    assert len(receipts[1]["dropped"]) == 1
    assert receipts[1]["tokens"]["passages"] > 0
    words = sum(engine.count_tokens(message.content) for message in engine.asked[1].messages)
    assert words <= sum(receipts[0]["tokens"][part] for part in PARTS) + 30


async def test_thoughts_that_only_a_closing_tag_ends_are_taken_back(chat, engine, returns_article):
    """Findings D. This engine promises no JSON, so its prose is streamed until the tag shows what it was."""
    engine.script = [pieces(f"The customer asks about returns. PRIVATE.\n</think>\n\n{OBJECT}")]

    async with chat() as ana:
        completed = await ana.ask(QUESTION)

    assert completed["text"] == ANSWER
    kinds = [event["type"] for event in ana.heard]
    after = ana.heard[kinds.index("reply.restarted") :] if "reply.restarted" in kinds else ana.heard
    assert "PRIVATE" not in on_screen(after)
    assert [entry.answer async for entry in CachedAnswer.objects.all()] == [ANSWER]


async def test_the_receipt_of_an_answer_that_broke_off_tells_what_was_sent_and_received(chat, engine, returns_article):
    """Findings D."""
    engine.script = [["You have ", "thirty days ", EngineUnavailable("gone")]]

    async with chat() as ana:
        completed = await ana.ask(QUESTION)

    assert completed["status"] == "incomplete"
    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert receipt["engine"] == "scripted"
    assert receipt["tokens"]["prompt"] > 10
    assert receipt["tokens"]["completion"] == 4
    row = await ModelCall.objects.aget(kind=ModelCall.Kind.GENERATION)
    assert (row.status, row.prompt_tokens, row.completion_tokens) == ("failed", receipt["tokens"]["prompt"], 4)


async def test_the_receipt_of_an_answer_that_was_stopped_tells_what_was_sent_and_received(
    chat, engine, returns_article
):
    """Findings D."""
    engine.script = [["word "] * 200]
    engine.delay_s = 0.05

    async with chat() as ana:
        await ana.say(QUESTION)
        delta = await ana.next("reply.delta")
        await ana.send(type="reply.stop", message_id=delta["message_id"])
        await ana.next("reply.completed")

    receipt = (await Message.objects.aget(role="assistant")).receipt
    assert receipt["tokens"]["prompt"] > 10
    assert receipt["tokens"]["completion"] > 0
