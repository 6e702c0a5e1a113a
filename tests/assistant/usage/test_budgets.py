"""Budgets: reserved before a call, settled after it, and never exceeded."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core import mail
from django.db import connections
from django.utils import timezone

from assistant.llm import registry, router
from assistant.llm.engines.base import EngineUnavailable, Message, Prompt, Usage
from assistant.llm.router import BudgetExhausted, Call
from assistant.usage import budgets, pricing, tasks
from assistant.usage.models import Alert, Budget, BudgetPeriod, ModelCall, PriceRule, Reservation
from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Widget, Workspace

QUESTION = Prompt((Message("user", "How long is the warranty?"),), max_tokens=94)
AT_MOST = 100  # tokens: six words read, ninety-four written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme(transactional_db: None) -> Any:
    PriceRule.objects.create(
        model="scripted", valid_from="2026-01-01", input_usd=10_000, cached_input_usd=1_000, output_usd=10_000
    )
    pricing.price_list.forget()
    yield Workspace.objects.create(slug="acme", name="Acme")
    pricing.price_list.forget()
    async_to_sync(sync_to_async(connections.close_all))()


@pytest.fixture
def call(acme: Workspace) -> Call:
    return Call(acme.id, uuid.uuid4(), uuid.uuid4())


@pytest.fixture
def engines(settings: Any) -> Any:
    """`dear` is the large tier; `cheap` answers when a budget is nearly used up."""
    backend = "assistant.llm.engines.scripted.ScriptedEngine"
    settings.ENGINES = {name: {"BACKEND": backend} for name in ("dear", "cheap")}
    settings.TIERS = {"large": ["dear"], "small": [], "saving": ["cheap"]}
    settings.TIER_FALLBACK = {}
    registry.forget()
    registry.engine("dear").script = ["word " * 94]
    registry.engine("cheap").script = ["Two years."]
    yield registry.engine
    registry.forget()


def of(budget: Budget) -> BudgetPeriod:
    return BudgetPeriod.objects.get(budget=budget)


def used_up_to(percent: int, workspace: Workspace, **fields: Any) -> Budget:
    """Create a budget for 1,000 calls a day, used to this share."""
    budget = Budget.objects.create(workspace=workspace, period="day", cap_tokens=1_000 * AT_MOST, **fields)
    spent = percent * 1_000 * AT_MOST // 100
    BudgetPeriod.objects.create(budget=budget, starts_on=timezone.now().date(), spent_tokens=spent)
    return budget


async def ask(call: Call, tier: str = "large") -> router.Completion | BudgetExhausted:
    try:
        return await router.complete(QUESTION, call, tier=tier)
    except BudgetExhausted as error:
        return error


@pytest.mark.parametrize("caps", [{"cap_tokens": 10 * AT_MOST}, {"cap_usd": Decimal(10)}], ids=["tokens", "money"])
async def test_fifty_parallel_questions_on_a_budget_for_ten_make_ten_calls(
    acme: Any, engines: Any, call: Call, caps: Any
):
    engines("dear").delay_s = 0.05
    budget = await Budget.objects.acreate(workspace=acme, period="day", **caps)

    answers = await asyncio.gather(*[ask(call) for _ in range(50)])

    assert len(engines("dear").asked) + len(engines("cheap").asked) == 10
    assert sum(isinstance(answer, BudgetExhausted) for answer in answers) == 40
    period = await sync_to_async(of)(budget)
    assert (period.reserved_usd, period.reserved_tokens, period.spent_tokens <= 1_000) == (0, 0, True)
    assert sorted([alert.threshold async for alert in Alert.objects.all()]) == [80, 90, 95, 100]


def test_what_a_call_did_not_take_is_free_again(acme: Workspace):
    budget = Budget.objects.create(workspace=acme, period="month", cap_usd=Decimal(5), cap_tokens=1_000)

    hold = budgets.reserve(acme.id, None, "scripted", Usage(50, 0, 50))
    reserved = of(budget)
    budgets.settle(hold, budgets.Amount(Decimal("0.25"), 25))

    assert (reserved.reserved_usd, reserved.reserved_tokens) == (1, 100)
    settled = of(budget)
    assert (settled.spent_usd, settled.spent_tokens) == (Decimal("0.25"), 25)
    assert (settled.reserved_usd, settled.reserved_tokens, Reservation.objects.count()) == (0, 0, 0)
    assert settled.starts_on.day == 1


def test_what_a_dead_process_set_aside_is_free_again_after_a_time(acme: Workspace, settings: Any):
    settings.BUDGET_RESERVED_S = 0
    budget = Budget.objects.create(workspace=acme, period="day", cap_tokens=150)
    hold = budgets.reserve(acme.id, None, "scripted", Usage(50, 0, 50))

    again = budgets.reserve(acme.id, None, "scripted", Usage(50, 0, 50))
    budgets.settle(hold, budgets.Amount(tokens=30))  # it was only slow

    assert again.refused_by is None
    assert (of(budget).spent_tokens, of(budget).reserved_tokens) == (30, 100)
    tasks.release_reservations()
    assert (of(budget).spent_tokens, of(budget).reserved_tokens) == (30, 0)


def test_of_two_budgets_the_narrower_decides_and_the_wider_keeps_no_reservation(acme: Workspace):
    widget = Widget.objects.create(workspace=acme)
    wide = Budget.objects.create(workspace=acme, period="month", cap_tokens=10_000)
    narrow = Budget.objects.create(workspace=acme, widget=widget, period="day", cap_tokens=50)

    refused = budgets.reserve(acme.id, widget.pk, "scripted", Usage(50, 0, 50))
    elsewhere = budgets.reserve(acme.id, None, "scripted", Usage(50, 0, 50))

    assert refused.refused_by == narrow.pk
    assert elsewhere.refused_by is None
    assert of(wide).reserved_tokens == 100


async def test_a_call_that_failed_costs_the_budget_nothing(acme: Any, engines: Any, call: Call, settings: Any):
    settings.MODEL_RETRIES = 0
    engines("dear").script = [EngineUnavailable("away", reason="http_503")]
    budget = await Budget.objects.acreate(workspace=acme, period="day", cap_tokens=1_000)

    with pytest.raises(EngineUnavailable, match="no engine"):
        await router.complete(QUESTION, call, tier="large")

    period = await sync_to_async(of)(budget)
    assert (period.spent_tokens, period.reserved_tokens) == (0, 0)


@pytest.mark.parametrize(
    ("percent", "engine", "tier"),
    [(50, "dear", "large"), (80, "dear", "large"), (90, "cheap", "saving"), (95, "cheap", "saving")],
)
async def test_the_ladder_moves_to_the_smaller_model(
    acme: Any, engines: Any, call: Call, percent: int, engine: str, tier: str
):
    await sync_to_async(used_up_to)(percent, acme)

    answer = await ask(call)

    assert isinstance(answer, router.Completion)
    assert (answer.record.engine, answer.record.tier) == (engine, tier)
    assert answer.record.budget.rung == (percent if percent >= 80 else 0)


async def test_at_ninety_the_large_model_answers_where_the_small_one_is_away(acme: Any, engines: Any, call: Call):
    engines("cheap").script = [EngineUnavailable("away", reason="http_503")]
    await sync_to_async(used_up_to)(90, acme)

    answer = await ask(call)

    assert isinstance(answer, router.Completion)
    assert answer.record.engine == "dear"


async def test_from_ninety_five_on_the_large_model_is_never_asked(acme: Any, engines: Any, call: Call, settings: Any):
    settings.TIERS = {**settings.TIERS, "saving": []}
    await sync_to_async(used_up_to)(95, acme)

    answer = await ask(call)

    assert isinstance(answer, BudgetExhausted)
    assert answer.standing.rung == 95
    assert engines("dear").asked == []


async def test_from_ninety_on_the_cache_is_not_checked_behind_the_scenes(acme: Any, engines: Any):
    await sync_to_async(used_up_to)(90, acme)

    answer = await ask(Call(acme.id, purpose=ModelCall.Purpose.SHADOW))

    assert isinstance(answer, BudgetExhausted)


async def test_a_budget_of_a_widget_leaves_the_others_alone(acme: Any, engines: Any):
    shop = await Widget.objects.acreate(workspace=acme, name="Shop")
    blog = await Widget.objects.acreate(workspace=acme, name="Blog")
    await sync_to_async(used_up_to)(100, acme, widget=shop)

    refused, answered = await ask(Call(acme.id, widget_id=shop.pk)), await ask(Call(acme.id, widget_id=blog.pk))

    assert isinstance(refused, BudgetExhausted)
    assert isinstance(answered, router.Completion)


def test_every_threshold_is_told_once_by_mail_and_webhook(acme: Workspace, django_user_model: Any):
    django_user_model.objects.create_superuser("rosa", email="rosa@acme.test", password="x")
    Endpoint.objects.create(workspace=acme, url="https://hooks.acme.test/", events=["budget.alert"], enabled=True)
    Budget.objects.create(workspace=acme, period="day", cap_tokens=1_000)

    for _ in range(4):
        budgets.settle(budgets.reserve(acme.id, None, "scripted", Usage(50, 0, 160)), budgets.Amount(tokens=205))
        tasks.mail_alerts()

    assert [alert.threshold for alert in Alert.objects.order_by("threshold")] == [80]
    assert [message.to for message in mail.outbox] == [["rosa@acme.test"]]
    assert "80 % of the budget is used (1,000 tokens per day)" in mail.outbox[0].subject
    (sent,) = Delivery.objects.filter(type="budget.alert")
    assert (sent.payload["data"]["threshold"], sent.payload["data"]["alert"]) == (80, "budget")


async def test_the_budget_that_had_no_room_is_the_one_that_is_told_of(acme: Any, engines: Any, call: Call):
    await sync_to_async(used_up_to)(70, acme)
    narrow = await Budget.objects.acreate(workspace=acme, period="month", cap_tokens=AT_MOST - 1)

    answer = await ask(call)

    assert isinstance(answer, BudgetExhausted)
    assert [(alert.scope, alert.threshold) async for alert in Alert.objects.all()] == [(f"budget:{narrow.pk}", 100)]


def test_the_next_day_begins_with_nothing_spent_and_tells_anew(acme: Workspace):
    budget = used_up_to(90, acme)
    yesterday = timezone.now().date() - timedelta(days=1)
    BudgetPeriod.objects.update(starts_on=yesterday)

    standing = budgets.status(acme.id)
    hold = budgets.reserve(acme.id, None, "scripted", Usage(85_000, 0, 0))

    assert standing.rung == 0
    assert hold.refused_by is None
    assert Alert.objects.get(threshold=80, scope=f"budget:{budget.pk}").starts_on == timezone.now().date()


@pytest.mark.parametrize(
    ("period", "day", "starts_on"),
    [("day", date(2026, 11, 23), date(2026, 11, 23)), ("month", date(2026, 11, 23), date(2026, 11, 1))],
)
def test_a_period_begins_with_its_day_or_month(period: str, day: date, starts_on: date):
    assert Budget(period=period).starts_on(day) == starts_on


def calls_of(workspace: Workspace, count: int, **fields: Any) -> None:
    """Create the calls of a conversation's replies, one second apart."""
    conversation, now = uuid.uuid4(), timezone.now()
    rows = {"workspace": workspace, "engine": "dear", "conversation_id": conversation, **fields}
    ModelCall.objects.bulk_create(ModelCall(at=now - timedelta(seconds=n), **rows) for n in range(count))


def test_a_provider_that_caches_nothing_is_noticed(acme: Workspace, settings: Any):
    calls_of(acme, settings.ALERT_MIN_CALLS + 1, model="scripted", prompt_tokens=5_000, completion_tokens=500)

    tasks.watch_calls()
    tasks.watch_calls()

    (alert,) = Alert.objects.all()
    assert (alert.kind, alert.scope) == ("prefix_cache", "scripted")


@pytest.mark.parametrize(
    "fields", [{"prompt_cached_tokens": 2_000}, {"model": "unpriced"}, {"counted_locally": True}], ids=str
)
def test_nothing_is_said_of_a_provider_that_caches_or_may_not(acme: Workspace, settings: Any, fields: Any):
    said = {"model": "scripted", "prompt_tokens": 5_000, "completion_tokens": 500} | fields
    calls_of(acme, settings.ALERT_MIN_CALLS + 1, **said)

    tasks.watch_calls()

    assert not Alert.objects.exists()


def test_reading_far_more_than_is_written_is_noticed(acme: Workspace, settings: Any):
    calls_of(acme, settings.ALERT_MIN_CALLS, prompt_tokens=1_500, completion_tokens=20)

    tasks.watch_calls()

    (alert,) = Alert.objects.all()
    assert (alert.kind, alert.sentence.split(":")[0]) == ("ratio", "Today 75 input tokens per output token")
