"""A system check for missing prices, run by `manage.py check --database default`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import db
from django.core.checks import CheckMessage, Warning

from assistant.usage import pricing


def models_have_prices(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn of models without a price, which count as free. Reads the database only if asked to."""
    if not databases:
        return []
    try:
        unpriced = pricing.unpriced_models()
    except db.Error:
        return []
    return [
        Warning(
            f"The model {model!r} has no price, so its calls count as free in budgets and reports.",
            hint="Add a price (0 if it is free) in the admin under Prices, or run manage.py import_prices.",
            id="usage.W001",
        )
        for model in unpriced
    ]
