"""Template filters of the staff pages: texts, percentages and money."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils.safestring import SafeString

from assistant.usage.currency import DOLLARS, Currency
from knowledge.articles.rendering import as_html

register = template.Library()
# jsonb does not keep the order of keys; these are the steps of a reply in order.
STEPS = ("admission", "exact", "embed", "search", "semantic", "first_token", "total")


@register.filter
def markdown(text: str) -> SafeString:
    return as_html(text or "")


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


@register.filter
def dot(number: float) -> str:
    """Format with a decimal point in every language, because browsers parse attributes."""
    return f"{number:.2f}"


@register.filter
def usd(amount: Any) -> str:
    """Format US dollars: two decimals from one dollar on, more below; "not known" for None."""
    return money(amount, DOLLARS)


@register.filter
def money(amount: Any, currency: Currency) -> str:
    """Format an amount of US dollars in the currency of a workspace."""
    if amount is None:
        return "not known"
    try:
        value = currency.of(amount)
    except InvalidOperation:
        return "–"
    places = 2 if not value or abs(value) >= 1 else 4 if abs(value) >= Decimal("0.001") else 6
    return f"${value:,.{places}f}" if currency.per_usd is None else f"{value:,.{places}f}\u00a0{currency.code}"


@register.filter
def sentence(code: str) -> str:
    """Return the text of a stored reason code."""
    return str(code).replace("_", " ")


SAVINGS = {"cache": "the cache", "summary": "shorter prompts", "tier": "smaller model"}


@register.filter
def saving(cause: str) -> str:
    """Return the text for what saved money."""
    return SAVINGS.get(cause, sentence(cause))


@register.filter
def thousands(number: int | None) -> str:
    return f"{number or 0:,}"


@register.filter
def steps(ms: dict[str, int]) -> list[tuple[str, int]]:
    """Return the milliseconds of a receipt in the order of the steps; unknown steps come first."""
    return sorted(ms.items(), key=lambda step: STEPS.index(step[0]) if step[0] in STEPS else -1)
