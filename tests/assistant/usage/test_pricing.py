"""The price of a call: the longest matching name, the valid date, and cached tokens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from assistant.llm.engines.base import Usage
from assistant.usage import pricing, shipped
from assistant.usage.metering import Call, Outcome, record
from assistant.usage.models import ModelCall, PriceRule
from assistant.workspaces.models import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules(db: None) -> Iterator[None]:
    PriceRule.objects.all().delete()
    for model, day, fresh, cached, output in [
        ("big", "2026-01-01", "2.00", "0.20", "10.00"),
        ("big", "2026-06-01", "4.00", "0.40", "20.00"),
        ("big-mini", "2026-01-01", "0.10", "0.01", "0.50"),
        ("local/", "2020-01-01", "0", "0", "0"),
    ]:
        PriceRule.objects.create(
            model=model, valid_from=day, input_usd=fresh, cached_input_usd=cached, output_usd=output
        )
    pricing.price_list.forget()
    yield
    pricing.price_list.forget()


MAY, JULY = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "at", "usage", "cost"),
    [
        ("big", MAY, Usage(1_000_000, 0, 0), "2.00"),
        ("big", JULY, Usage(1_000_000, 0, 0), "4.00"),
        ("big-2026-05-05", MAY, Usage(0, 0, 1_000_000), "10.00"),
        ("big-mini", JULY, Usage(1_000_000, 0, 1_000_000), "0.60"),
        ("big-mini-latest", JULY, Usage(1_000_000, 1_000_000, 0), "0.01"),
        ("big", MAY, Usage(1_000, 900, 100), "0.00138"),
        ("big", MAY, Usage(10, 20, 0), "0.000002"),  # a server that tells more cached than sent
        ("local/SmolLM2", MAY, Usage(9_999, 0, 9_999), "0"),
        ("unheard-of", MAY, Usage(1_000, 0, 1_000), "0"),
        ("big", datetime(2025, 1, 1, tzinfo=UTC), Usage(1_000, 0, 1_000), "0"),
    ],
)
def test_a_price(model: str, at: datetime, usage: Usage, cost: str) -> None:
    assert pricing.price_usd(model, usage, at) == Decimal(cost)


def test_a_free_model_is_priced_and_an_unknown_one_is_flagged() -> None:
    for model in ("local/SmolLM2", "unheard-of"):
        record(Call(None), Outcome(engine="small", model=model, usage=Usage(5, 0, 5), ms_total=1))

    assert list(ModelCall.objects.order_by("id").values_list("cost_usd", "unpriced")) == [(0, False), (0, True)]


def test_a_new_rule_counts_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pricing.price_usd("fresh", Usage(1_000_000, 0, 0)) == 0
    PriceRule.objects.create(model="fresh", valid_from="2026-01-01", input_usd=3, cached_input_usd=3, output_usd=3)

    monkeypatch.setattr(pricing, "RULES_FRESH_S", 0.0)

    assert pricing.price_usd("fresh", Usage(1_000_000, 0, 0)) == 3


def test_loading_the_shipped_list_keeps_what_was_entered_by_hand() -> None:
    PriceRule.objects.create(
        model="gpt-6-sol", valid_from="2026-09-22", input_usd=1, cached_input_usd=1, output_usd=1, source="our contract"
    )

    shipped.load()
    shipped.load()

    assert PriceRule.objects.get(model="gpt-6-sol", valid_from="2026-09-22").source == "our contract"
    assert pricing.price_usd("gpt-6-luna", Usage(1_000_000, 0, 0), datetime(2026, 11, 1, tzinfo=UTC)) == Decimal("0.10")


def test_the_model_that_figures_are_planned_with_by_default_has_a_price(settings: Any) -> None:
    shipped.load()

    assert pricing.is_priced(settings.REFERENCE_MODEL)


@pytest.mark.parametrize(("written", "cost"), [("5.00", "0.0066"), (None, "0.0056")])
def test_what_is_written_to_a_cache_has_a_price_of_its_own(written: str | None, cost: str) -> None:
    PriceRule.objects.create(
        model="claude", valid_from="2026-01-01", input_usd=4, cached_input_usd=1, output_usd=20, cache_write_usd=written
    )
    pricing.price_list.forget()

    usage = Usage(1_600, 400, 20, prompt_cache_written_tokens=1_000)

    assert pricing.price_usd("claude-opus", usage) == Decimal(cost)


def test_a_shipped_rule_of_an_earlier_release_gets_the_price_of_writing_to_the_cache() -> None:
    rule = {"valid_from": "2026-09-22", "input_usd": 4, "cached_input_usd": "0.2", "output_usd": 20}
    ours = PriceRule.objects.create(model="claude-opus-5-5", source="prices.json, gathered 2026-01-01", **rule)
    theirs = PriceRule.objects.create(
        model="claude-sonnet-5-5", source="our contract", **{**rule, "valid_from": "2026-09-28"}
    )

    shipped.load()

    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.cache_write_usd, theirs.cache_write_usd) == (Decimal("5.00"), None)


def test_the_tokens_of_thoughts_and_of_cache_writes_are_kept_with_the_call() -> None:
    usage = Usage(100, 10, 50, prompt_cache_written_tokens=60, reasoning_tokens=40)

    record(Call(None), Outcome(engine="large", model="big", usage=usage, ms_total=1))

    call = ModelCall.objects.get()
    assert (call.prompt_cache_written_tokens, call.reasoning_tokens) == (60, 40)


def test_a_call_outlives_nothing_of_its_workspace() -> None:
    workspace = Workspace.objects.create(slug="acme", name="Acme")
    record(Call(workspace.id), Outcome(engine="small", model="big", usage=Usage(5, 0, 5), ms_total=1))

    workspace.delete()

    assert not ModelCall.objects.exists()
