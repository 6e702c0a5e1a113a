"""The engine against a server that misbehaves in every way we know of, over real sockets."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import time
import traceback
from contextlib import aclosing

import psutil
import pytest

from assistant.llm.engines.base import EngineInterrupted, EngineRefused, EngineUnavailable
from assistant.llm.prompts import REPLY_SCHEMA
from tests.assistant.conftest import QUESTION, EngineMaker, Heard, Server, hear

ANSWER = "Two years — für alle Geräte, 48 months for the Pro 🙂, and nothing for batteries."
STRUCTURED = dataclasses.replace(QUESTION, schema=REPLY_SCHEMA)


@pytest.fixture(autouse=True)
def _answer(upstream: Server) -> None:
    upstream.told(answer=ANSWER)


async def test_an_answer_arrives_in_pieces_with_usage_and_finish_reason_last(engine_for: EngineMaker) -> None:
    heard = await hear(engine_for())

    assert heard.text == ANSWER
    assert len(heard.pieces) > 5
    assert heard.last is not None
    assert heard.last.finish_reason == "stop"
    assert heard.last.usage is not None
    assert heard.last.usage.completion_tokens == len(heard.pieces) - 1
    assert not heard.last.usage.counted_locally


async def test_cached_prompt_tokens_are_told_apart(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(cached_tokens=4)

    heard = await hear(engine_for())

    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.usage.prompt_cached_tokens == 4


@pytest.mark.parametrize(
    "mode", ["slow_headers:0.3", "slow_first_token:0.3", "wrong_type", "empty_choices", "split_utf8"]
)
async def test_oddities_that_lose_nothing_change_nothing(engine_for: EngineMaker, mode: str) -> None:
    heard = await hear(engine_for(f"fake:{mode}"))

    assert heard.text == ANSWER


async def test_a_server_that_says_everything_twice_ends_and_is_counted_once(engine_for: EngineMaker) -> None:
    heard = await hear(engine_for("fake:duplicates"))

    assert heard.last is not None
    assert heard.last.finish_reason == "stop"


@pytest.mark.parametrize("mode", ["length", "content_filter"])
async def test_an_unusual_end_is_told(engine_for: EngineMaker, mode: str) -> None:
    heard = await hear(engine_for(f"fake:{mode}"))

    assert heard.last is not None
    assert heard.last.finish_reason == mode


@pytest.mark.parametrize(("mode", "reason"), [("429", "http_429"), ("500", "http_500"), ("503", "http_503")])
async def test_a_server_that_cannot_now_is_unavailable(engine_for: EngineMaker, mode: str, reason: str) -> None:
    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for(f"fake:{mode}"))

    assert raised.value.reason == reason


async def test_retry_after_is_passed_on_in_seconds(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(mode="429", retry_after_s=2.5)

    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for())

    assert raised.value.retry_after_s == 2.5


@pytest.mark.parametrize("mode", ["400", "401", "404"])
async def test_a_server_that_will_not_is_a_refusal(engine_for: EngineMaker, upstream: Server, mode: str) -> None:
    with pytest.raises(EngineRefused):
        await hear(engine_for(f"fake:{mode}"))

    assert len(upstream.bodies) == 1


async def test_a_port_nobody_listens_on_is_told_as_that(engine_for: EngineMaker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]

    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for(base_url=f"http://127.0.0.1:{port}/v1"))

    assert raised.value.reason == "unreachable"


@pytest.mark.timing
@pytest.mark.parametrize("mode", ["hang", "slow_headers", "slow_first_token"])
async def test_the_first_token_is_waited_for_so_long_and_no_longer(engine_for: EngineMaker, mode: str) -> None:
    started = time.monotonic()

    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for(f"fake:{mode}", first_token_timeout_s=0.4))

    assert raised.value.reason == "time_out"
    assert time.monotonic() - started < 4.5  # the server takes five seconds


async def test_a_gap_between_tokens_breaks_the_answer_off(engine_for: EngineMaker) -> None:
    heard = Heard()

    with pytest.raises(EngineInterrupted):
        await hear(engine_for("fake:drip:5", gap_timeout_s=0.3), heard=heard)

    assert heard.text
    assert ANSWER.startswith(heard.text)


@pytest.mark.timing
async def test_an_answer_that_only_drips_is_ended_by_the_total_limit(engine_for: EngineMaker) -> None:
    started = time.monotonic()

    with pytest.raises(EngineInterrupted):
        await hear(engine_for("fake:drip:1", gap_timeout_s=30, total_timeout_s=0.7))

    assert time.monotonic() - started < 10  # whole, it takes a second for each word


@pytest.mark.parametrize("chunks", [1, 3])
async def test_a_line_cut_in_the_middle_is_an_interruption(engine_for: EngineMaker, chunks: int) -> None:
    heard = Heard()

    with pytest.raises(EngineInterrupted):
        await hear(engine_for(f"fake:cut:{chunks}"), heard=heard)

    assert len(heard.pieces) == chunks


async def test_a_line_cut_before_the_first_token_may_be_tried_again(engine_for: EngineMaker) -> None:
    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine_for("fake:cut:0"))

    assert not isinstance(raised.value, EngineInterrupted)


@pytest.mark.parametrize("mode", ["no_finish", "error_in_stream", "bad_json", "bad_utf8", "odd_shapes"])
async def test_a_stream_that_goes_wrong_is_never_a_whole_answer(engine_for: EngineMaker, mode: str) -> None:
    heard = Heard()

    with pytest.raises(EngineInterrupted):
        await hear(engine_for(f"fake:{mode}"), heard=heard)

    assert heard.text
    assert heard.last is None or heard.last.finish_reason is None


@pytest.mark.parametrize("mode", ["html", "no_stream"])
async def test_something_that_is_no_stream_is_no_answer(engine_for: EngineMaker, mode: str) -> None:
    with pytest.raises(EngineUnavailable):
        await hear(engine_for(f"fake:{mode}"))


@pytest.mark.parametrize("mode", ["huge", "huge_line"])
async def test_fifty_megabytes_are_cut_off_before_they_fill_the_memory(engine_for: EngineMaker, mode: str) -> None:
    engine = engine_for(f"fake:{mode}")
    before = psutil.Process().memory_info().rss

    with pytest.raises(EngineUnavailable) as raised:
        await hear(engine)

    assert raised.value.reason == "upstream_invalid"
    assert psutil.Process().memory_info().rss - before < 16 * 2**20


@pytest.mark.timing
async def test_a_line_that_stays_open_after_the_end_is_not_waited_for(engine_for: EngineMaker) -> None:
    engine = engine_for("fake:no_done")
    engine.count_tokens("loads the table, which is not what is timed here")
    started = time.monotonic()

    heard = await hear(engine)

    assert heard.text == ANSWER
    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.usage.counted_locally
    assert time.monotonic() - started < 4


async def test_stopping_an_answer_stops_the_server(engine_for: EngineMaker, upstream: Server) -> None:
    async with aclosing(engine_for("fake:drip:0.1").stream(QUESTION)) as deltas:
        await anext(deltas)
        assert upstream.open == 1

    await upstream.until_open(0)
    assert upstream.fake.log[-1].ended == "left"


async def test_cancelling_while_it_hangs_stops_the_server(engine_for: EngineMaker, upstream: Server) -> None:
    asking = asyncio.create_task(hear(engine_for("fake:hang")))
    await upstream.until_open(1)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    await upstream.until_open(0)
    assert upstream.fake.log[-1].ended == "left"


async def test_a_server_without_usage_in_streams_is_counted_here(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(usage_in_stream=False)

    heard = await hear(engine_for())

    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.usage.counted_locally
    assert heard.last.usage.prompt_tokens > 5
    assert heard.last.usage.completion_tokens > 10


@pytest.mark.parametrize(
    ("lacks", "forms"),
    [
        ({}, ["json_schema"]),
        ({"json_schema": False}, ["json_schema", "json_object"]),
        ({"json_schema": False, "json_schema_refusal": 500}, ["json_schema", "json_object"]),
        ({"json_schema": False, "json_object": False}, ["json_schema", "json_object", None]),
    ],
)
async def test_structured_output_steps_down_once_and_is_remembered(
    engine_for: EngineMaker, upstream: Server, lacks: dict[str, object], forms: list[str | None]
) -> None:
    upstream.told(**lacks)
    engine = engine_for()

    first = await hear(engine, STRUCTURED)
    second = await hear(engine, STRUCTURED)

    asked = [(body.get("response_format") or {}).get("type") for body in upstream.bodies]
    assert asked == [*forms, forms[-1]]
    assert first.text == second.text
    assert (json.loads(first.text)["text"] if forms[-1] else first.text) == ANSWER


@pytest.mark.parametrize(
    ("lacks", "gone"),
    [
        ({"max_completion_tokens": "refused"}, "max_completion_tokens"),
        ({"stream_options": False}, "stream_options"),
        ({"temperature": False}, "temperature"),
    ],
)
async def test_a_word_the_server_refuses_is_left_out_from_then_on(
    engine_for: EngineMaker, upstream: Server, lacks: dict[str, object], gone: str
) -> None:
    upstream.told(**lacks)
    engine = engine_for()

    await hear(engine)
    heard = await hear(engine)

    assert heard.text == ANSWER
    assert [gone in body for body in upstream.bodies] == [True, False, False]


async def test_a_server_that_ignores_the_limit_is_stopped_at_it(engine_for: EngineMaker, upstream: Server) -> None:
    upstream.told(max_completion_tokens="ignored", answer="word " * 300)
    engine = engine_for()
    short = dataclasses.replace(QUESTION, max_tokens=20)

    first = await hear(engine, short)
    second = await hear(engine, short)

    assert first.last is not None
    assert first.last.finish_reason == "length"
    assert len(first.pieces) < 50
    assert upstream.bodies[1]["max_tokens"] == 20
    assert len(second.pieces) == 21


async def test_proxies_of_the_environment_are_left_alone(
    engine_for: EngineMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    heard = await hear(engine_for())

    assert heard.text == ANSWER


async def test_fifty_answers_stream_at_once(engine_for: EngineMaker) -> None:
    engine = engine_for("fake:drip:0.01")

    heard = await asyncio.gather(*[hear(engine) for _ in range(50)])

    assert {each.text for each in heard} == {ANSWER}


async def test_a_wrong_key_is_not_in_the_traceback_either(engine_for: EngineMaker, upstream: Server) -> None:
    """Which the log of a worker has of a task that failed."""
    upstream.told(key="another")
    wrong = "sk-wrong-0123456789"

    with pytest.raises(EngineRefused) as raised:
        await hear(engine_for(api_key=wrong))

    assert raised.value.reason == "http_401"
    assert wrong not in "".join(traceback.format_exception(raised.value))
