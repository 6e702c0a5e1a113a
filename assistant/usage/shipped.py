"""The price list that comes with a release."""

import json
from pathlib import Path
from typing import Any

from django.apps import apps

LIST = Path(__file__).resolve().parent / "prices.json"


def load(**_: Any) -> None:
    """Add the rules of prices.json that are not in the table. Existing rules are not changed.

    Runs after every migrate, like Django's creation of permissions, so that a release with new prices needs no
    migration. Other processes see the new rules within `pricing.RULES_FRESH_S`.
    """
    content = json.loads(LIST.read_text(encoding="utf-8"))
    rule = apps.get_model("usage", "PriceRule")
    rules = [
        rule(
            model=each["model"],
            valid_from=each["valid_from"],
            input_usd=uncached,
            cached_input_usd=cached,
            cache_write_usd=each.get("cache_write_usd"),
            output_usd=output,
            source=f"prices.json, gathered {content['gathered']}",
        )
        for each in content["rules"]
        for uncached, cached, output in [each["usd"]]
    ]
    rule.objects.bulk_create(rules, ignore_conflicts=True)
    for each in rules:  # rules added by an earlier release have no cache_write_usd
        if each.cache_write_usd is not None:
            shipped = rule.objects.filter(model=each.model, valid_from=each.valid_from, source__startswith=LIST.name)
            shipped.filter(cache_write_usd=None).update(cache_write_usd=each.cache_write_usd)
