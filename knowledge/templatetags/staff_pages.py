"""Template filters of the staff pages: texts, percentages and money."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils.safestring import SafeString

from assistant.usage.currency import DOLLARS, Currency
from knowledge.articles.rendering import as_html

register = template.Library()
# The database keeps no order of keys; these are the steps of a reply as they follow each other.
STEPS = ("admission", "exact", "embed", "search", "semantic", "first_token", "total")


@register.filter
def markdown(text: str) -> SafeString:
    return as_html(text or "")


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


@register.filter
def dot(number: float) -> str:
    """With a decimal point in every language: attributes are read by the browser."""
    return f"{number:.2f}"


@register.filter
def usd(amount: Any) -> str:
    """US dollars: cents from one dollar on, as far as it says anything below; "not known" of None."""
    return money(amount, DOLLARS)


@register.filter
def money(amount: Any, currency: Currency) -> str:
    """An amount of US dollars as `usd` shows it, in the currency of a workspace."""
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
    """A reason as it is stored, in words."""
    return str(code).replace("_", " ")


SAVINGS = {"cache": "the cache", "summary": "shorter prompts", "tier": "smaller model"}


@register.filter
def saving(cause: str) -> str:
    """What saved money, in words."""
    return SAVINGS.get(cause, sentence(cause))


@register.filter
def thousands(number: int | None) -> str:
    return f"{number or 0:,}"


@register.filter
def steps(ms: dict[str, int]) -> list[tuple[str, int]]:
    """The milliseconds of a receipt in the order of the flow; a step that is new here comes first."""
    return sorted(ms.items(), key=lambda step: STEPS.index(step[0]) if step[0] in STEPS else -1)
