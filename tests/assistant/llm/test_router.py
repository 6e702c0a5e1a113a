"""The router: the first engine that answers, one retry loop, a fuse, and a row for every call."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from assistant.llm import registry, router
from assistant.llm.engines.base import EngineInterrupted, EngineRefused, EngineUnavailable, Message, Prompt
from assistant.llm.router import Call
from assistant.usage import pricing
from assistant.usage.models import ModelCall, PriceRule
from assistant.workspaces.models import Workspace
from tests.assistant.conftest import Server

QUESTION = Prompt((Message("user", "How long is the warranty?"),), max_tokens=100)
AWAY = EngineUnavailable("away", reason="http_503")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def acme(transactional_db: None) -> Any:
    pricing.price_list.forget()
    yield await Workspace.objects.acreate(slug="acme", name="Acme")
    pricing.price_list.forget()
    await sync_to_async(connections.close_all)()


@pytest.fixture
def call(acme: Workspace) -> Call:
    return Call(acme.id, uuid.uuid4(), uuid.uuid4())


@pytest.fixture
def engines(settings: Any) -> Any:
    """Scripted engines by name; `first` and `second` are the large tier, `little` is the small one."""
    backend = "assistant.llm.engines.scripted.ScriptedEngine"
    settings.ENGINES = {name: {"BACKEND": backend} for name in ("first", "second", "little")}
    settings.TIERS = {"large": ["first", "second"], "small": ["little"]}
    settings.TIER_FALLBACK = {}
    registry.forget()
    yield registry.engine
    registry.forget()


async def rows() -> list[ModelCall]:
    return [row async for row in ModelCall.objects.order_by("id")]


async def test_the_last_piece_carries_the_receipt_of_the_call(engines: Any, call: Call) -> None:
    engines("first").script = [["Two ", "years."]]

    deltas = [delta async for delta in router.stream(QUESTION, call)]

    assert "".join(delta.text for delta in deltas) == "Two years."
    assert [delta.record is None for delta in deltas] == [True, True, False]
    record = deltas[-1].record
    assert record is not None
    assert (record.tier, record.engine, record.usage.completion_tokens) == ("large", "first", 2)
    assert 0 <= record.ms_first_token <= record.ms_total
    (row,) = await rows()
    assert (row.status, row.message_id, row.completion_tokens) == ("done", call.message_id, 2)


async def test_the_next_engine_is_asked_when_the_first_is_away(engines: Any, call: Call) -> None:
    engines("first").script = [AWAY]
    engines("second").script = ["Two years."]

    completion = await router.complete(QUESTION, call, tier="large")

    assert (completion.text, completion.record.engine) == ("Two years.", "second")
    assert [(row.engine, row.status, row.reason) for row in await rows()] == [
        ("first", "failed", "http_503"),
        ("second", "done", ""),
    ]


async def test_an_engine_that_was_taken_away_meanwhile_is_passed_over(engines: Any) -> None:
    tries = router.Tries(["first", "Ours (7)", "second"], time.monotonic())

    first = await tries.next_engine(None)
    second = await tries.next_engine(EngineRefused("no", reason="http_400"))

    assert first
    assert second
    assert (first.name, second.name) == ("first", "second")


async def test_another_tier_is_asked_only_where_that_is_allowed(engines: Any, call: Call, settings: Any) -> None:
    engines("first").script = engines("second").script = [AWAY]
    engines("little").script = ["Perhaps."]

    with pytest.raises(EngineUnavailable):
        await router.complete(QUESTION, call, tier="large")
    settings.TIER_FALLBACK = {"large": ["small"]}
    completion = await router.complete(QUESTION, call, tier="large")
    row = await ModelCall.objects.alatest("id")

    assert (completion.record.engine, completion.record.tier, row.tier) == ("little", "small", "small")


async def test_a_model_that_may_answer_customers_is_named_as_such_where_the_large_one_is_away(
    engines: Any, call: Call, settings: Any
) -> None:
    settings.TIERS = {"large": ["first"], "small": ["little"], "saving": ["little"]}
    settings.TIER_FALLBACK = {"large": ["small"], "small": ["large"]}
    engines("first").script, engines("little").script = [AWAY], ["Perhaps."]

    replied = await router.complete(QUESTION, call, tier="large")
    engines("first").script, engines("little").script = ["In short."], [AWAY]
    summarised = await router.complete(QUESTION, call, tier="small")

    assert (replied.record.engine, replied.record.tier) == ("little", "saving")
    assert (summarised.record.engine, summarised.record.tier) == ("first", "large")


async def test_a_question_is_put_three_times_at_most(engines: Any, call: Call, settings: Any) -> None:
    settings.TIERS = {"large": ["first"], "small": []}
    engines("first").script = [AWAY]

    with pytest.raises(EngineUnavailable) as raised:
        await router.complete(QUESTION, call, tier="large")

    assert raised.value.reason == "http_503"
    assert len(engines("first").asked) == 3
    assert [row.attempts for row in await rows()] == [1, 2, 3]


async def test_a_refusal_is_not_put_to_the_same_engine_again(engines: Any, call: Call) -> None:
    engines("first").script = [EngineRefused("too long", reason="http_400")]
    engines("second").script = [EngineRefused("too long", reason="http_400")]

    with pytest.raises(EngineUnavailable):
        await router.complete(QUESTION, call, tier="large")

    assert len(engines("first").asked) == len(engines("second").asked) == 1


async def test_an_answer_that_breaks_off_after_its_first_words_is_not_begun_again(engines: Any, call: Call) -> None:
    engines("first").script = [["Two ", EngineInterrupted("cut", reason="upstream_cut")]]
    heard: list[str] = []

    async def listen() -> None:
        async for delta in router.stream(QUESTION, call):
            heard.append(delta.text)

    with pytest.raises(EngineInterrupted):
        await listen()

    assert heard == ["Two "]
    assert not engines("second").asked
    (row,) = await rows()
    assert (row.status, row.reason, row.completion_tokens, row.counted_locally) == ("failed", "upstream_cut", 1, True)


async def test_an_answer_that_breaks_off_before_its_first_words_is_begun_again(
    engines: Any, call: Call, settings: Any
) -> None:
    settings.TIERS = {"large": ["first"], "small": []}
    engines("first").script = [EngineInterrupted("cut"), "Two years."]

    completion = await router.complete(QUESTION, call, tier="large")

    assert completion.text == "Two years."


async def test_a_stopped_answer_is_metered_as_far_as_it_came(engines: Any, call: Call) -> None:
    engines("first").script = [["Two ", "years ", "and ", "a ", "day."]]
    engines("first").delay_s = 0.01

    async with aclosing(router.stream(QUESTION, call)) as deltas:
        await anext(deltas)
        await anext(deltas)

    (row,) = await rows()
    assert (row.status, row.completion_tokens) == ("stopped", 2)
    assert row.prompt_tokens > 0
    assert engines("first").closed == 1


@pytest.mark.timing
async def test_a_cancelled_task_is_metered_too(engines: Any, call: Call) -> None:
    engines("first").script = [["Two ", "years."]]
    engines("first").delay_s = 0.2
    asking = asyncio.create_task(router.complete(QUESTION, call, tier="large"))
    await asyncio.sleep(0.3)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.sleep(0.3)

    (row,) = await rows()
    assert (row.status, row.completion_tokens) == ("stopped", 1)


async def test_without_an_engine_the_router_says_so_at_once(call: Call, settings: Any) -> None:
    settings.TIERS = {"large": [], "small": []}

    with pytest.raises(EngineUnavailable) as raised:
        await router.complete(QUESTION, call, tier="large")

    assert raised.value.reason == "no_engine"
    assert not router.is_configured("large")


@pytest.fixture
def on_the_fake(settings: Any, upstream: Server) -> Any:
    """The large tier is one engine, and that is the fake server."""
    options = {"base_url": upstream.url, "model": "fake", "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR)}
    backend = "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine"
    settings.ENGINES = {"cloud": {"BACKEND": backend, "OPTIONS": options}}
    settings.TIERS = {"large": ["cloud"], "small": []}
    registry.forget()
    yield
    registry.forget()


@pytest.mark.usefixtures("on_the_fake")
async def test_retry_after_is_honoured_when_it_is_short(upstream: Server, call: Call) -> None:
    upstream.told(mode="429", times=1, retry_after_s=0.5)

    completion = await router.complete(QUESTION, call, tier="large")

    assert completion.text
    first, second = upstream.fake.log
    assert second.at - first.at >= 0.5


@pytest.mark.timing
@pytest.mark.usefixtures("on_the_fake")
async def test_a_longer_retry_after_than_a_customer_waits_ends_it(upstream: Server, call: Call) -> None:
    upstream.told(mode="429", retry_after_s=60)
    started = time.monotonic()

    with pytest.raises(EngineUnavailable):
        await router.complete(QUESTION, call, tier="large")

    assert len(upstream.fake.log) == 1
    assert time.monotonic() - started < 30


@pytest.mark.timing
@pytest.mark.usefixtures("on_the_fake")
async def test_an_engine_that_fails_and_fails_is_left_alone_for_a_while(
    upstream: Server, call: Call, settings: Any
) -> None:
    settings.BREAKER_PROBE_INTERVAL_S = 0.6
    upstream.told(mode="503")

    for _ in range(6):
        with pytest.raises(EngineUnavailable):
            await router.complete(QUESTION, call, tier="large")
    asked_while_broken = len(upstream.fake.log)
    upstream.told(mode="ok")
    await asyncio.sleep(0.8)
    completion = await router.complete(QUESTION, call, tier="large")

    assert asked_while_broken <= 7
    assert completion.text


async def test_a_hundred_questions_at_once_are_all_metered(engines: Any, call: Call) -> None:
    engines("first").script = ["Two years."]

    await asyncio.gather(*[router.complete(QUESTION, call, tier="large") for _ in range(100)])

    assert await ModelCall.objects.filter(status="done").acount() == 100


async def test_a_call_is_priced_by_the_rules(engines: Any, call: Call) -> None:
    await PriceRule.objects.acreate(
        model="scripted-pro", valid_from="2026-01-01", input_usd=1, cached_input_usd=1, output_usd=500_000
    )
    engines("first").model = "scripted-pro-2026"
    engines("first").script = ["Two years."]

    completion = await router.complete(QUESTION, call, tier="large")

    assert completion.record.cost_usd.quantize(Decimal("0.01")) == 1
    (row,) = await rows()
    assert row.cost_usd == completion.record.cost_usd
    assert not row.unpriced
