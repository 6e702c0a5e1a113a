"""What `manage.py check` says of prices."""

from __future__ import annotations

from typing import Any

from django import db
from django.core.checks import CheckMessage, Warning

from assistant.usage import pricing


def models_have_prices(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """A model without a price costs nothing in budgets and reports. Says nothing without a database."""
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
