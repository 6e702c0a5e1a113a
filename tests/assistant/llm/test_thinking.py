"""Models that think before they answer: what that costs, how long it may take, and that nobody reads it."""

from __future__ import annotations

import dataclasses
import logging
import time
import traceback
from typing import Any

import pytest

from assistant.llm import router
from assistant.llm.engines.base import EngineInterrupted, EngineRefused, EngineUnavailable
from assistant.llm.engines.openai_dialect import Dialect
from assistant.llm.prompts import REPLY_SCHEMA
from tests.assistant.conftest import QUESTION, EngineMaker, Heard, Server, hear

STRUCTURED = dataclasses.replace(QUESTION, schema=REPLY_SCHEMA)
SECRET = "sk-live-0123456789"


def url(upstream: Server, name: str) -> str:
    return upstream.url.removesuffix("/v1") + f"/as/{name}/v1"


async def test_a_model_that_thought_until_the_limit_is_given_room_to_think_the_next_time(
    engine_for: EngineMaker, upstream: Server
) -> None:
    engine = engine_for(base_url=url(upstream, "openai_only_thoughts"), thinking_max_tokens=4_000)

    with pytest.raises(EngineUnavailable):
        await hear(engine)
    with pytest.raises(EngineRefused) as raised:  # it thinks on, and will again
        await hear(engine)

    assert raised.value.reason == "only_thoughts"
    assert [body["max_completion_tokens"] for body in upstream.bodies] == [200, 4_200]
    assert engine.thinking_tokens == 4_000


@pytest.mark.parametrize("name", ["openai_thinking", "xai", "ollama", "mistral_magistral", "vllm_no_parser"])
async def test_a_model_that_has_thought_has_room_for_it_from_then_on(
    engine_for: EngineMaker, upstream: Server, name: str
) -> None:
    engine = engine_for(base_url=url(upstream, name), thinking_max_tokens=4_000)

    await hear(engine, STRUCTURED)
    await hear(engine, STRUCTURED)

    limits = [body["max_completion_tokens"] for body in upstream.bodies]
    assert limits == [200, 4_200]
    assert engine.dialect.known()["thinks"] is True


@pytest.mark.parametrize(("effort", "room"), [("low", 4_000), ("none", 0), ("", 0)])
def test_a_model_with_an_effort_has_room_to_think_at_once(engine_for: EngineMaker, effort: str, room: int) -> None:
    assert engine_for(thinking_max_tokens=4_000, reasoning_effort=effort).thinking_tokens == room


@pytest.mark.parametrize(("known", "tokens"), [({"thinks": True}, 4_200), ({}, 200)])
def test_a_budget_sets_aside_what_a_model_may_think(
    engine_for: EngineMaker, known: dict[str, Any], tokens: int
) -> None:
    engine = engine_for(thinking_max_tokens=4_000, known=known)

    assert router.at_most(engine, QUESTION).completion_tokens == tokens


async def test_a_model_that_does_not_think_has_no_more_than_its_limit(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(answer="Two years.")
    engine = engine_for(thinking_max_tokens=4_000)

    await hear(engine)
    await hear(engine)

    assert [body["max_completion_tokens"] for body in upstream.bodies] == [200, 200]


async def test_an_answer_that_uses_the_room_to_think_is_cut_at_its_own_limit(
    engine_for: EngineMaker, upstream: Server
) -> None:
    upstream.told(answer="word " * 300)
    engine = engine_for(thinking_max_tokens=4_000, known={"thinks": True})

    heard = await hear(engine, dataclasses.replace(QUESTION, max_tokens=20))

    assert heard.last is not None
    assert heard.last.finish_reason == "length"
    assert len(heard.pieces) < 50
    assert engine.dialect.token_limit_field == "max_completion_tokens"


@pytest.mark.timing
async def test_the_total_limit_holds_for_thoughts_too(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(answer="Two years.", delay_s=0.2)
    started = time.monotonic()

    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for("fake:reasoning_field", first_token_timeout_s=0.5, total_timeout_s=1.0))

    assert raised.value.reason == "time_out"
    assert time.monotonic() - started < 1.8  # the thoughts alone take over two seconds


async def test_a_refusal_is_no_answer_and_no_thought(engine_for: EngineMaker, upstream: Server) -> None:
    engine = engine_for(base_url=url(upstream, "openai_refusal"))

    heard = await hear(engine, STRUCTURED)

    assert heard.shown == ""
    assert heard.last is not None
    assert heard.last.finish_reason == "content_filter"
    assert not engine.dialect.thinks


# --- nothing of what was thought, and no key, in errors and logs ---


async def test_thoughts_are_in_no_error_and_no_log(
    engine_for: EngineMaker, upstream: Server, caplog: pytest.LogCaptureFixture
) -> None:
    thought = b'data: {"choices": [{"delta": {"reasoning": "PRIVATE-THOUGHT"}}]}\n\n'
    broken = b'data: {"choices": [{"delta": {"reasoning": "PRIVATE-THOUGHT \xff\xfe"}}]}\n\n'
    error = b'event: error\ndata: {"choices": [{"delta": {"reasoning": "PRIVATE-THOUGHT"}}]}\n\n'

    with caplog.at_level(logging.INFO):
        for stream in (thought + broken, thought + thought[:40] + b"\n\n", thought + error):
            with pytest.raises(EngineUnavailable) as raised:
                await hear(engine_for(base_url=await upstream.playing(stream)))
            assert "PRIVATE" not in "".join(traceback.format_exception(raised.value))

    assert "PRIVATE" not in caplog.text


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_key_that_a_server_repeats_is_in_no_error(
    engine_for: EngineMaker, upstream: Server, status: int
) -> None:
    made = await upstream.playing(f'{{"error": {{"message": "wrong key: {SECRET}"}}}}'.encode(), status=status)

    with pytest.raises((EngineRefused, EngineUnavailable)) as raised:
        await hear(engine_for(base_url=made, api_key=SECRET))

    assert "[API key]" in str(raised.value)
    assert SECRET not in str(raised.value)


async def test_a_key_that_a_stream_repeats_is_in_no_error(engine_for: EngineMaker, upstream: Server) -> None:
    made = await upstream.playing(f'data: {{"error": {{"message": "wrong key: {SECRET}"}}}}\n\n'.encode())

    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for(base_url=made, api_key=SECRET))

    assert "[API key]" in str(raised.value)
    assert SECRET not in str(raised.value)


# --- what is learnt from refusals ---


@pytest.mark.parametrize("refusal", ["bad request", "something else is wrong"])
async def test_a_refusal_that_stays_teaches_nothing(engine_for: EngineMaker, upstream: Server, refusal: str) -> None:
    made = await upstream.playing(f'{{"error": {{"message": "{refusal}"}}}}'.encode(), status=400)
    engine = engine_for(base_url=made)

    with pytest.raises(EngineRefused):
        await hear(engine, STRUCTURED)

    assert len(upstream.bodies) == 3  # with json_schema, json_object and neither
    assert engine.dialect == Dialect()


async def test_what_the_filter_of_a_provider_refuses_is_asked_once_and_teaches_nothing(
    engine_for: EngineMaker, upstream: Server
) -> None:
    engine = engine_for(base_url=url(upstream, "azure_filtered"))

    with pytest.raises(EngineRefused) as raised:
        await hear(engine, STRUCTURED)

    assert raised.value.reason == "content_filter"
    assert len(upstream.bodies) == 1
    assert engine.dialect == Dialect()


# --- what a broken-off answer has used ---


async def test_what_a_server_counted_before_it_broke_off_is_known(engine_for: EngineMaker, upstream: Server) -> None:
    heard = Heard()
    chunks: list[Any] = [
        b'data: {"choices": [], "usage": {"input_tokens": 40, "cache_read_input_tokens": 400, "output_tokens": 1}}\n\n',
        b'data: {"choices": [{"delta": {"content": "Two years"}}]}\n\n',
    ]

    with pytest.raises(EngineInterrupted):
        await hear(engine_for(base_url=await upstream.playing(b"".join(chunks))), heard=heard)

    assert heard.last is not None
    assert heard.last.usage is not None
    assert (heard.last.usage.prompt_tokens, heard.last.usage.prompt_cached_tokens) == (440, 400)
