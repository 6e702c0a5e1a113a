"""Importing prices from a file, all rules or none, and listing models without a price."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from assistant.llm.engines.base import Usage
from assistant.usage import checks, pricing
from assistant.usage.models import PriceRule

pytestmark = pytest.mark.django_db

NEW = {"model": "new-model", "input_usd": "4.00", "cached_input_usd": 0.25, "cache_write_usd": "5", "output_usd": 20}


@pytest.fixture(autouse=True)
def _prices(db: None) -> Iterator[None]:
    pricing.price_list.forget()
    yield
    pricing.price_list.forget()


@pytest.fixture
def imported(tmp_path: Path) -> Any:
    def done(*rules: Any, raw: str = "", options: tuple[str, ...] = ()) -> str:
        file = tmp_path / "prices.json"
        file.write_text(raw or json.dumps({"source": "our contract", "rules": list(rules)}))
        out = StringIO()
        call_command("import_prices", str(file), *options, stdout=out)
        return out.getvalue()

    return done


def stored() -> list[PriceRule]:
    return list(PriceRule.objects.filter(model__startswith="new-").order_by("model", "valid_from"))


def test_rules_of_a_file_are_added_from_their_day_on(imported: Any) -> None:
    out = imported(NEW, {**NEW, "valid_from": "2027-01-01"}, options=("--valid-from", "2026-12-01"))

    assert [rule.valid_from for rule in stored()] == [date(2026, 12, 1), date(2027, 1, 1)]
    first = stored()[0]
    assert (first.cached_input_usd, first.cache_write_usd, first.output_usd) == (Decimal("0.25"), 5, 20)
    assert first.source == "our contract"
    assert "New: 2" in out


def test_a_rule_for_the_same_day_is_replaced_and_what_is_the_same_is_left(imported: Any) -> None:
    day = {"valid_from": "2026-01-01"}
    imported({**NEW, **day}, {**NEW, **day, "model": "new-other"})

    out = imported({**NEW, **day, "output_usd": "21"}, {**NEW, **day, "model": "new-other"})

    assert [rule.output_usd for rule in stored()] == [21, 20]
    assert "Changed: 1" in out
    assert "Unchanged: 1" in out
    assert "output 21, before: input 4, cached 0.25, written to cache 5, output 20" in out


def test_a_dry_run_shows_the_same_and_saves_nothing(imported: Any) -> None:
    out = imported(NEW, options=("--dry-run",))

    assert "New: 1" in out
    assert "nothing was saved" in out
    assert stored() == []


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ({**NEW, "output_usd": "-1"}, "output_usd: A price cannot be negative."),
        ({**NEW, "output_usd": "NaN"}, "output_usd"),
        ({**NEW, "output_usd": "much"}, "output_usd"),
        ({**NEW, "output_usd": None}, "output_usd"),
        ({**NEW, "cache_write_usd": ""}, "cache_write_usd: A price is a number."),
        ({**NEW, "valid_from": "soon"}, "valid_from"),
        ({**NEW, "input": "1"}, "there is no field input"),
        ({**NEW, "model": ""}, "model"),
        ({**NEW, "model": ["a"]}, "model"),
        ({"model": "new-model"}, "input_usd"),
        ("gpt", "it is not an object"),
    ],
)
def test_one_wrong_rule_keeps_all_of_them_out(imported: Any, rule: Any, mistake: str) -> None:
    with pytest.raises(CommandError) as raised:
        imported({**NEW, "model": "new-good"}, rule)

    assert "Nothing was imported." in str(raised.value)
    assert f"Rule 2: {mistake}" in str(raised.value)
    assert raised.value.returncode == 2
    assert stored() == []


@pytest.mark.parametrize(
    "raw", ["", "[]", "{}", '{"rules": []}', '{"rules": 5}', "nothing", '{"rules": [' + "[" * 9_999]
)
def test_a_file_that_holds_no_rules_is_refused(imported: Any, raw: str) -> None:
    with pytest.raises(CommandError, match="Nothing was imported"):
        imported(raw=raw or " ")


def test_the_same_model_and_day_twice_is_refused(imported: Any) -> None:
    with pytest.raises(CommandError, match="is there twice"):
        imported(NEW, NEW)


def test_a_file_that_is_not_there_is_named_as_that(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_prices", str(tmp_path / "none.json"))


# --- models without a price ---


def configure(settings: Any, model: str) -> None:
    settings.ENGINES = {"large": {"BACKEND": "x", "OPTIONS": {"model": model}}, "unused": {"OPTIONS": {"model": "no"}}}
    settings.TIERS = {"large": ["large"], "small": []}


def test_a_configured_model_without_a_price_is_warned_of(settings: Any) -> None:
    configure(settings, "new-model")

    (warning,) = checks.models_have_prices(["default"])

    assert warning.id == "usage.W001"
    assert "'new-model' has no price" in warning.msg


def test_once_it_has_one_nothing_is_said(settings: Any, imported: Any) -> None:
    configure(settings, "new-model-2026")
    imported({**NEW, "valid_from": "2026-01-01"})
    pricing.price_list.forget()

    assert checks.models_have_prices(["default"]) == []
    assert pricing.price_usd("new-model-2026", Usage(1_000_000, 0, 0)) == 4


def test_manage_check_says_so(settings: Any) -> None:
    configure(settings, "new-model")
    err = StringIO()

    call_command("check", databases=["default"], stderr=err)

    assert "usage.W001" in err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_without_its_table_the_check_says_nothing(settings: Any) -> None:
    configure(settings, "new-model")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE usage_pricerule RENAME TO away")
    try:
        assert checks.models_have_prices(["default"]) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO usage_pricerule")
