"""Models that staff set in the admin: who asks which, when a change is taken up, and how their keys are kept."""

from __future__ import annotations

import asyncio
import gc
import importlib
import weakref
from collections import Counter
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.core import serializers
from django.db import connections

from assistant.llm import prompts, registry, router
from assistant.llm.connections import current, key_encryption, live
from assistant.llm.connections.models import ModelConnection
from assistant.llm.engines.base import EngineUnavailable, Message, Prompt
from assistant.llm.engines.openai_compatible import OpenAICompatibleEngine
from assistant.llm.engines.openai_probe import Probe
from assistant.llm.router import Call
from assistant.usage import pricing
from assistant.usage.models import ModelCall, PriceRule
from assistant.workspaces.models import Workspace
from tests.assistant.conftest import Server

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = Prompt((Message("system", "Be short."), Message("user", "How long is the warranty?")), max_tokens=100)
KEY = "sk-only-for-tests-0123456789"


@pytest.fixture
def acme(transactional_db: None) -> Workspace:
    return Workspace.objects.create(slug="acme", name="Acme")


@pytest.fixture
def globex(transactional_db: None) -> Workspace:
    return Workspace.objects.create(slug="globex", name="Globex")


@pytest.fixture(autouse=True)
async def _set_in_the_admin(settings: Any, transactional_db: None) -> Any:
    settings.MODEL_CONNECTIONS, settings.MODEL_CONNECTIONS_FRESH_S = True, 0.0
    settings.ENGINES, settings.TIERS, settings.TIER_FALLBACK = {}, {"large": [], "small": []}, {}
    registry.forget()
    pricing.price_list.forget()
    yield
    registry.forget()
    await sync_to_async(connections.close_all)()


def model_of(workspace: Workspace | None = None, url: str = "http://127.0.0.1:9/v1", **fields: Any) -> ModelConnection:
    row = ModelConnection(
        workspace=workspace, preset="custom", base_url=url, **{"name": "Ours", "model": "m", **fields}
    )
    row.set_key(KEY)
    row.save()
    return row


amodel_of = sync_to_async(model_of)


def test_a_key_is_stored_encrypted_and_shown_nowhere(acme: Workspace) -> None:
    row = model_of(acme)

    current.refresh()

    dumped = serializers.serialize("json", [ModelConnection.objects.get()])
    assert ModelConnection.objects.get().key() == KEY
    for shown in (
        row.key_encrypted,
        dumped,
        repr(row),
        str(row),
        repr(current.of_tier("large", acme.pk)),
        str(vars(row)),
    ):
        assert KEY not in shown
        assert KEY[:8] not in shown


def test_an_old_secret_still_decrypts_and_a_new_key_is_encrypted_with_the_newest(settings: Any) -> None:
    settings.MODEL_KEYS_SECRET = ["old"]
    before = key_encryption.encrypt(KEY)
    settings.MODEL_KEYS_SECRET = ["new", "old"]

    read = key_encryption.decrypt(before)
    after = key_encryption.encrypt(read)
    settings.MODEL_KEYS_SECRET = ["new"]

    assert (read, key_encryption.decrypt(after)) == (KEY, KEY)
    with pytest.raises(key_encryption.KeyUnreadable):
        key_encryption.decrypt(before)


def test_without_a_secret_of_their_own_keys_are_bound_to_the_secret_key(
    settings: Any,
) -> None:
    settings.MODEL_KEYS_SECRET, settings.SECRET_KEY = [], "s" * 50
    stored = key_encryption.encrypt(KEY)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "t" * 50, ["s" * 50]
    assert key_encryption.decrypt(stored) == KEY
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(key_encryption.KeyUnreadable):
        key_encryption.decrypt(stored)


def test_a_model_whose_key_cannot_be_decrypted_is_not_used(settings: Any, caplog: Any) -> None:
    settings.MODEL_KEYS_SECRET = ["old"]
    row = model_of(name="Lost")
    settings.MODEL_KEYS_SECRET = ["new"]

    current.refresh()

    assert not row.is_key_readable
    assert registry.names("large") == []
    assert "cannot be decrypted" in caplog.text
    assert row.key_encrypted not in caplog.text


async def test_a_new_model_answers_without_a_restart(upstream: Server, acme: Workspace) -> None:
    before = router.is_configured("large", acme.pk)
    row = await amodel_of(acme, upstream.url, model="fake")

    completion = await router.complete(QUESTION, Call(acme.pk), tier="large")

    assert not before
    assert completion.text
    assert upstream.fake.log[0].headers["authorization"] == f"Bearer {KEY}"
    call = await ModelCall.objects.aget()
    assert (call.engine, call.model, call.tier) == (row.engine_name, "fake", "large")


async def test_a_model_that_is_switched_off_or_deleted_is_asked_no_more(upstream: Server, acme: Workspace) -> None:
    row = await amodel_of(acme, upstream.url)
    await current.aready()
    name = row.engine_name
    assert registry.names("large", acme.pk) == [name]

    row.enabled = False
    await row.asave()
    await current.aready()
    off = registry.names("large", acme.pk)
    row.enabled = True
    await row.asave()
    await current.aready()
    on = registry.names("large", acme.pk)
    await row.adelete()
    await current.aready()

    assert (off, on, registry.names("large", acme.pk)) == ([], [name], [])


async def test_a_changed_model_is_asked_for_at_once(upstream: Server, acme: Workspace) -> None:
    row = await amodel_of(acme, upstream.url, model="fake")
    await router.complete(QUESTION, Call(acme.pk), tier="large")
    row.model, row.max_output_tokens = "fake-2", 7
    await row.asave()

    await router.complete(QUESTION, Call(acme.pk), tier="large")

    assert [body["model"] for body in upstream.bodies] == ["fake", "fake-2"]
    assert [body["max_completion_tokens"] for body in upstream.bodies] == [100, 7]


def test_a_workspace_uses_its_own_models_first_then_those_for_all_then_the_environment(
    settings: Any, acme: Workspace, globex: Workspace
) -> None:
    settings.TIERS = {"large": ["large"], "small": ["embedded"], "saving": []}
    everybody, own = model_of(name="All"), model_of(acme, name="Own", order=9)
    little = model_of(globex, name="Little", tier="small")
    current.refresh()

    assert registry.names("large", acme.pk) == [own.engine_name, everybody.engine_name, "large"]
    assert registry.names("large", globex.pk) == [everybody.engine_name, "large"]
    assert registry.names("large") == [everybody.engine_name, "large"]
    assert registry.names("small", globex.pk) == [little.engine_name, "embedded"]
    assert registry.names("saving", globex.pk) == [little.engine_name]
    assert registry.names("saving", acme.pk) == []


def test_models_are_tried_by_order_and_drawn_by_weight_where_that_is_the_same() -> None:
    heavy, light = model_of(name="Heavy", weight=3), model_of(name="Light", weight=1)
    last = model_of(name="Last", order=2, weight=1000)
    current.refresh()

    drawn = [registry.names("large") for _ in range(2000)]

    first = Counter(names[0] for names in drawn)
    assert {names[2] for names in drawn} == {last.engine_name}
    assert 0.7 < first[heavy.engine_name] / 2000 < 0.8
    assert first[light.engine_name] == 2000 - first[heavy.engine_name]


async def test_the_next_model_answers_where_the_first_fails(upstream: Server, acme: Workspace) -> None:
    await amodel_of(acme, name="Away")
    row = await amodel_of(acme, upstream.url, name="There", model="fake", order=2)

    completion = await router.complete(QUESTION, Call(acme.pk), tier="large")

    assert completion.record.engine == row.engine_name


async def test_two_workspaces_are_answered_by_their_own_models(
    upstream: Server, acme: Workspace, globex: Workspace
) -> None:
    await amodel_of(acme, upstream.url, model="fake-acme")
    await amodel_of(globex, upstream.url, model="fake-globex")

    for shop in (acme, globex, acme):
        await router.complete(QUESTION, Call(shop.pk), tier="large")

    assert [body["model"] for body in upstream.bodies] == ["fake-acme", "fake-globex", "fake-acme"]
    assert not router.is_configured("large")
    assert await ModelCall.objects.filter(workspace=globex).acount() == 1


async def settled() -> None:
    """What was asked of this loop from elsewhere is done."""
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()


@pytest.mark.parametrize("what", ["change", "switch off", "delete"])
async def test_the_engine_of_a_model_that_is_changed_or_taken_away_is_dropped_with_its_connections(
    upstream: Server, acme: Workspace, what: str
) -> None:
    row = await amodel_of(acme, upstream.url, model="fake")
    await router.complete(QUESTION, Call(acme.pk), tier="large")
    engine = registry.engine(row.engine_name)
    assert isinstance(engine, OpenAICompatibleEngine)
    client, kept = engine.clients.here(), weakref.ref(engine)
    del engine

    if what == "delete":
        await row.adelete()
    else:
        row.max_output_tokens, row.enabled = 7, what == "change"
        await row.asave()
    await current.aready()
    if registry.names("large", acme.pk):
        registry.engine(row.engine_name)
    await settled()

    assert client.is_closed()
    assert kept() is None


async def test_a_call_under_way_ends_though_its_model_is_taken_away(upstream: Server, acme: Workspace) -> None:
    upstream.told(answer="Two years and a day, or so.", tokens_per_s=20)
    row = await amodel_of(acme, upstream.url, model="fake")
    await current.aready()
    engine = registry.engine(row.engine_name)
    assert isinstance(engine, OpenAICompatibleEngine)
    pieces: list[str] = []

    async with aclosing(router.stream(QUESTION, Call(acme.pk))) as deltas:
        async for delta in deltas:
            pieces.append(delta.text)
            if len(pieces) == 1:
                client = engine.clients.here()
                await row.adelete()
                await current.aready()
                assert registry.names("large", acme.pk) == []
                await settled()
                assert not client.is_closed()
    await settled()

    assert "".join(pieces) == "Two years and a day, or so."
    assert client.is_closed()


async def test_a_breaker_outlives_a_new_limit_and_not_a_new_address(upstream: Server, settings: Any) -> None:
    settings.BREAKER_FAILURES, settings.MODEL_RETRIES = 1, 0
    row = await amodel_of()
    with pytest.raises(EngineUnavailable):
        await router.complete(QUESTION, Call(None), tier="large")
    opened = router.breaker(row.engine_name).is_open

    row.max_output_tokens = 50
    await row.asave()
    await current.aready()
    after_a_limit = router.breaker(row.engine_name).is_open
    row.base_url = upstream.url
    await row.asave()
    await current.aready()

    assert (opened, after_a_limit, router.breaker(row.engine_name).is_open) == (True, True, False)


async def test_what_the_router_sees_of_a_model_is_published(settings: Any) -> None:
    settings.BREAKER_FAILURES, settings.MODEL_RETRIES = 1, 0
    live.forget()
    away = await amodel_of(name="Away")
    with pytest.raises(EngineUnavailable):
        await router.complete(QUESTION, Call(None), tier="large")
    await asyncio.to_thread(live.settle)

    states = live.states([away.engine_name])

    assert states is not None
    state = states[away.engine_name]
    assert (state.state, state.reason, state.calls, state.failures) == ("open", "unreachable", 1, 1)


async def test_a_redirect_is_not_followed(acme: Workspace, upstream: Server) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 307 Elsewhere\r\nLocation: {upstream.url}/chat/completions\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(redirect, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        await amodel_of(acme, url, model="fake")
        with pytest.raises(EngineUnavailable):
            await router.complete(QUESTION, Call(acme.pk), tier="large")
        finding = await Probe(url, KEY, "fake", timeout_s=5).step("answer", {})

    assert not upstream.fake.log
    assert finding.failure
    assert finding.failure.code == "wrong_url"
    assert "redirects to" in finding.sentence


async def test_what_a_test_found_out_is_not_tried_again(upstream: Server, acme: Workspace) -> None:
    upstream.told(json_schema=False, json_object=False, max_completion_tokens="refused", temperature=False)
    found = {"json_schema": False, "json_object": False, "token_limit_field": "max_tokens", "temperature": False}
    await amodel_of(acme, upstream.url, model="fake", capabilities=found)

    schema = Prompt(QUESTION.messages, 100, schema=prompts.REPLY_SCHEMA)
    await router.complete(schema, Call(acme.pk), tier="large")

    (body,) = upstream.bodies
    assert body["max_tokens"] == 100
    assert {"temperature", "response_format", "max_completion_tokens"}.isdisjoint(body)


async def test_a_model_is_priced_under_the_name_that_staff_gave(upstream: Server, acme: Workspace) -> None:
    await PriceRule.objects.acreate(
        model="gpt-known", valid_from="2026-01-01", input_usd=1000, cached_input_usd=0, output_usd=1000
    )
    await amodel_of(acme, upstream.url, model="fake", price_as="gpt-known")

    completion = await router.complete(QUESTION, Call(acme.pk), tier="large")

    assert completion.record.cost_usd > Decimal("0.01")
    assert not (await ModelCall.objects.aget()).unpriced
    assert registry.price_name("large", acme.pk) == "gpt-known"
    assert registry.model("large", acme.pk) == "fake"


def test_the_release_of_a_workspace_changes_with_its_models_alone(acme: Workspace, globex: Workspace) -> None:
    current.refresh()
    before = prompts.release(acme), prompts.release(globex)
    row = model_of(acme)
    current.refresh()
    first = prompts.release(acme), prompts.release(globex)
    row.weight = 5
    row.set_key("another")
    row.save()
    current.refresh()
    same = prompts.release(acme)
    row.model = "m2"
    row.save()
    current.refresh()

    assert first[0] != before[0]
    assert first[1] == before[1]
    assert same == first[0]
    assert prompts.release(acme) != same


@pytest.mark.parametrize(("field", "value"), [("reasoning_effort", "high"), ("max_output_tokens", 200)])
def test_a_model_that_thinks_more_or_may_say_less_is_another_release(acme: Workspace, field: str, value: Any) -> None:
    row = model_of(acme)
    current.refresh()
    before = prompts.release(acme)

    setattr(row, field, value)
    row.save()
    current.refresh()

    assert prompts.release(acme) != before


def test_another_reasoning_effort_of_the_environment_is_another_release(settings: Any, acme: Workspace) -> None:
    before = prompts.release(acme)
    settings.ENGINES = {"large": {"BACKEND": "x.Y", "OPTIONS": {"reasoning_effort": ""}}}
    same = prompts.release(acme)

    settings.ENGINES = {"large": {"BACKEND": "x.Y", "OPTIONS": {"reasoning_effort": "high"}}}

    assert same == before
    assert prompts.release(acme) != before


def test_another_small_model_of_the_environment_is_another_release(settings: Any, acme: Workspace) -> None:
    settings.TIERS = {"large": ["large"], "small": ["small"], "saving": ["small"]}
    releases = []
    for url, model in (("http://a/v1", "m1"), ("http://a/v1", "m2"), ("http://b/v1", "m2")):
        settings.SMALL_MODEL_URL, settings.SMALL_MODEL = url, model
        releases.append(prompts.release(acme))

    assert len(set(releases)) == 3


def test_asking_reads_the_database_only_when_the_reading_is_old(
    settings: Any, acme: Workspace, django_assert_num_queries: Any
) -> None:
    model_of(acme)
    current.refresh()
    settings.MODEL_CONNECTIONS_FRESH_S = 60.0

    with django_assert_num_queries(0):
        prompts.release(acme)
        assert registry.names("large", acme.pk)


async def test_a_database_that_is_away_leaves_the_last_known_models(
    settings: Any, acme: Workspace, monkeypatch: Any
) -> None:
    row = await amodel_of(acme)
    await current.aready()

    def away(*given: Any) -> Any:
        raise current.DatabaseError("away")

    monkeypatch.setattr(type(ModelConnection.objects.all()), "values_list", away)
    await current.aready()

    assert registry.names("large", acme.pk) == [row.engine_name]


async def test_an_operator_can_leave_them_aside(settings: Any, acme: Workspace) -> None:
    await amodel_of(acme)
    await current.aready()

    settings.MODEL_CONNECTIONS = False

    assert registry.names("large", acme.pk) == []
    assert current.fingerprint(acme.pk) == ""


def test_a_model_of_a_workspace_goes_with_it(acme: Workspace) -> None:
    model_of(acme)

    acme.delete()

    assert not ModelConnection.objects.exists()


async def test_a_server_of_our_network_is_called_only_where_somebody_allowed_it(
    upstream: Server, acme: Workspace, settings: Any
) -> None:
    settings.MODEL_SERVERS_PRIVATE = "listed"
    row = await amodel_of(acme, upstream.url, model="fake")

    with pytest.raises(EngineUnavailable) as raised:
        await router.complete(QUESTION, Call(acme.pk), tier="large")
    asked = list(upstream.fake.log)
    row.private_server = upstream.url.removeprefix("http://").removesuffix("/v1")
    await row.asave()
    completion = await router.complete(QUESTION, Call(acme.pk), tier="large")

    assert (raised.value.reason, asked) == ("address_refused", [])
    assert completion.text


@pytest.mark.parametrize(("shops", "allowed"), [(1, {"All", "Own"}), (2, {"All"})])
def test_servers_from_before_stay_allowed_where_only_an_operator_can_have_saved_them(
    acme: Workspace, settings: Any, shops: int, allowed: set[str]
) -> None:
    settings.MODEL_SERVERS_PRIVATE = "listed"
    migration = importlib.import_module("assistant.llm.connections.migrations.0002_own_network")
    if shops > 1:
        Workspace.objects.create(slug="globex", name="Globex")
    model_of(name="All", url="http://localhost:11434/v1")
    model_of(acme, name="Own", url="http://10.0.0.5:8080/v1")

    migration.allow_those_of_operators(apps, None)

    assert {row.name for row in ModelConnection.objects.all() if not row.is_public_only} == allowed
