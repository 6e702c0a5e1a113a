"""What a model thought, refused, or wrote before it broke off: nowhere to be read, and yet on the receipt."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from assistant.llm import registry
from assistant.llm.engines.base import Delta, EngineUnavailable, Usage
from assistant.usage import pricing
from assistant.usage.models import ModelCall, PriceRule
from caching.models import CachedAnswer
from conversations.models import Message
from conversations.replies import runner
from tests.rest.kept import found

SECRET = "PRIVATE-THOUGHT that nobody reads"
QUESTION = "How do I send something back?"


@pytest.fixture
def prices(transactional_db: None) -> Any:
    PriceRule.objects.create(
        model="large-one", valid_from="2026-01-01", input_usd=1_000, cached_input_usd=1_000, output_usd=1_000
    )
    pricing.price_list.forget()
    yield
    pricing.price_list.forget()


async def receipt() -> dict[str, Any]:
    kept: dict[str, Any] = (await Message.objects.aget(role="assistant")).receipt
    return kept


@pytest.mark.parametrize("aloud", [False, True])
async def test_thoughts_are_billed_and_neither_sent_stored_cached_nor_logged(
    chat: Any, engine: Any, returns_article: Any, settings: Any, caplog: pytest.LogCaptureFixture, aloud: bool
) -> None:
    if aloud:
        engine.script = [["<thi", f"nk>{SECRET}", "</th", "ink>You have 30 days [1]."]]
    else:
        engine.script = [[Delta(hidden=SECRET), "You have 30 days [1]."]]

    with caplog.at_level(logging.DEBUG):
        async with chat() as ana:
            asked = await ana.ask(QUESTION)
    await runner.all_done()

    assert await sync_to_async(found)(["You have 30 days"], Path(settings.MEDIA_ROOT))
    assert await sync_to_async(found)(["PRIVATE"], Path(settings.MEDIA_ROOT)) == []
    assert await CachedAnswer.objects.acount() == 1
    assert "PRIVATE" not in caplog.text + str(asked)
    assert (await receipt())["tokens"]["completion"] >= 8


async def test_instead_of_a_refusal_the_passage_is_quoted(chat: Any, engine: Any, returns_article: Any) -> None:
    engine.script = [[Delta(hidden="I cannot help with that.", finish_reason="content_filter")]]

    async with chat() as ana:
        await ana.ask(QUESTION)

    reply = await Message.objects.aget(role="assistant")
    assert reply.status == "done"
    assert reply.receipt["source"] == "quoted_passage"
    assert "cannot help" not in reply.text
    assert "30 days" in reply.text


async def test_a_stopped_reply_has_on_its_receipt_what_was_used_until_then(
    chat: Any, engine: Any, returns_article: Any, prices: None
) -> None:
    engine.script, engine.model, engine.delay_s = [["word "] * 200], "large-one", 0.05

    async with chat() as ana:
        await ana.say(QUESTION)
        delta = await ana.next("reply.delta")
        await ana.send(type="reply.stop", message_id=delta["message_id"])
        await ana.next("reply.completed", timeout_s=3)
    await runner.all_done()

    kept, call = await receipt(), await ModelCall.objects.aget(kind="generation")
    assert 0 < kept["tokens"]["completion"] < 200
    assert kept["tokens"]["prompt"] > 20
    assert kept["estimated"] is True
    assert float(kept["cost_usd"]) > 0
    assert (call.status, call.counted_locally, call.completion_tokens) == (
        "stopped",
        True,
        kept["tokens"]["completion"],
    )


@pytest.mark.parametrize(
    ("pieces", "prompt", "completion"),
    [
        (["You have ", EngineUnavailable("gone", reason="upstream_cut")], None, 2),
        ([Delta(hidden="let me think about it"), EngineUnavailable("gone", reason="upstream_cut")], None, 5),
        ([Delta("You have ", usage=Usage(700, 600, 1)), EngineUnavailable("gone", reason="upstream_cut")], 700, 2),
        ([Delta(usage=Usage(700, 600, 50)), EngineUnavailable("gone", reason="only_thoughts")], 700, 50),
    ],
)
async def test_a_call_that_broke_off_has_on_its_receipt_what_was_used_until_then(
    chat: Any,
    engine: Any,
    returns_article: Any,
    settings: Any,
    prices: None,
    pieces: list[Any],
    prompt: int | None,
    completion: int,
) -> None:
    settings.MODEL_RETRIES = 0
    engine.script, engine.model = [pieces], "large-one"

    async with chat() as ana:
        await ana.ask(QUESTION)

    kept, call = await receipt(), await ModelCall.objects.aget(kind="generation")
    assert kept["tokens"]["completion"] == call.completion_tokens == completion
    assert kept["tokens"]["prompt"] == call.prompt_tokens
    assert call.prompt_tokens == prompt or (prompt is None and call.prompt_tokens > 20)
    assert kept["estimated"] is call.counted_locally is True
    assert float(kept["cost_usd"]) == float(call.cost_usd) > 0


async def test_a_receipt_counts_the_call_that_broke_off_before_the_one_that_answered(
    chat: Any, engine: Any, returns_article: Any, settings: Any, prices: None
) -> None:
    engine.script, engine.model = (
        [[Delta(hidden="hm hm hm"), EngineUnavailable("gone")], "You have 30 days [1]."],
        "large-one",
    )

    async with chat() as ana:
        await ana.ask(QUESTION)

    kept = await receipt()
    costs = [float(call.cost_usd) async for call in ModelCall.objects.filter(kind="generation")]
    assert len(costs) == 2
    assert float(kept["cost_usd"]) == pytest.approx(sum(costs))
    assert kept["estimated"] is False  # the one that answered was counted


def test_savings_are_reckoned_against_the_first_large_engine_that_is_there(settings: Any) -> None:
    backend = {"BACKEND": "assistant.llm.engines.scripted.ScriptedEngine"}
    settings.ENGINES = {
        "a": {**backend, "OPTIONS": {"model": "first"}},
        "b": {**backend, "OPTIONS": {"model": "second"}},
    }
    registry.forget()

    settings.TIERS = {"large": ["a", "b"]}
    assert registry.price_name("large") == "first"
    settings.TIERS = {"large": [], "small": ["b"]}
    assert registry.price_name("large") == ""
    registry.forget()
