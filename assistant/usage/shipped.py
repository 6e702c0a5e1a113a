"""The price list that comes with a release."""

import json
from pathlib import Path
from typing import Any

from django.apps import apps

LIST = Path(__file__).resolve().parent / "prices.json"


def load(**_: Any) -> None:
    """Add the rules of prices.json that the table lacks. A rule that is there, by hand perhaps, stays as it is.

    Runs after every migrate, as Django itself does with permissions: a release that brings new
    prices needs no migration of its own. Other processes see them within `pricing.RULES_FRESH_S`.
    """
    told = json.loads(LIST.read_text(encoding="utf-8"))
    rule = apps.get_model("usage", "PriceRule")
    rules = [
        rule(
            model=each["model"],
            valid_from=each["valid_from"],
            input_usd=fresh,
            cached_input_usd=cached,
            cache_write_usd=each.get("cache_write_usd"),
            output_usd=output,
            source=f"prices.json, gathered {told['gathered']}",
        )
        for each in told["rules"]
        for fresh, cached, output in [each["usd"]]
    ]
    rule.objects.bulk_create(rules, ignore_conflicts=True)
    for each in rules:  # those of an earlier release have no price for it yet
        if each.cache_write_usd is not None:
            ours = rule.objects.filter(model=each.model, valid_from=each.valid_from, source__startswith=LIST.name)
            ours.filter(cache_write_usd=None).update(cache_write_usd=each.cache_write_usd)
