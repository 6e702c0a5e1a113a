"""Calculate the cost of a call by the price rules that were valid at that time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from django.conf import settings

from assistant.llm.connections.models import ModelConnection
from assistant.llm.engines.base import Usage
from assistant.usage.models import PriceRule

MILLION = Decimal(1_000_000)
RULES_FRESH_S = 60.0  # other processes see a changed rule within this time


@dataclass(frozen=True, slots=True)
class Price:
    """A price rule in memory, in US dollars per million tokens."""

    model: str
    valid_from: date
    input_usd: Decimal
    cached_input_usd: Decimal
    output_usd: Decimal
    cache_write_usd: Decimal | None = None  # None: the price of input

    def of(self, usage: Usage) -> Decimal:
        cached = min(usage.prompt_cached_tokens, usage.prompt_tokens)
        written = min(usage.prompt_cache_written_tokens, usage.prompt_tokens - cached)
        uncached = usage.prompt_tokens - cached - written
        write_usd = self.input_usd if self.cache_write_usd is None else self.cache_write_usd
        total = uncached * self.input_usd + cached * self.cached_input_usd + written * write_usd
        total += usage.completion_tokens * self.output_usd
        return (total / MILLION).quantize(Decimal("1e-8"))


class PriceList:
    """All price rules, cached in memory, because every call needs a price and rules change rarely."""

    def __init__(self) -> None:
        self.rules: tuple[Price, ...] = ()
        self.read_at: float | None = None

    def current(self) -> tuple[Price, ...]:
        now = time.monotonic()
        if self.read_at is None or now - self.read_at > RULES_FRESH_S:
            fields = ("model", "valid_from", "input_usd", "cached_input_usd", "output_usd", "cache_write_usd")
            self.rules = tuple(Price(*row) for row in PriceRule.objects.values_list(*fields))
            self.read_at = now
        return self.rules

    def forget(self) -> None:
        self.read_at = None


price_list = PriceList()


def price_of(model: str, at: datetime | None = None) -> Price | None:
    """Return the price with the longest prefix of `model`, and among those the newest one valid at that time."""
    day = (at or datetime.now(UTC)).date()
    matching = [rule for rule in price_list.current() if model.startswith(rule.model) and rule.valid_from <= day]
    return max(matching, key=lambda rule: (len(rule.model), rule.valid_from), default=None)


def price_usd(model: str, usage: Usage, at: datetime | None = None) -> Decimal:
    """Return the cost in US dollars; 0 for a model without a price (see `is_priced`)."""
    price = price_of(model, at)
    return price.of(usage) if price else Decimal(0)


def unpriced_models() -> list[str]:
    """Return the models of the admin and of settings that no rule has a price for."""
    named = [name for names in settings.TIERS.values() for name in names]
    options = [settings.ENGINES[name].get("OPTIONS", {}) for name in named if name in settings.ENGINES]
    models = {str(each["model"]) for each in options if each.get("model")}
    models |= {row.price_as or row.model for row in ModelConnection.objects.filter(enabled=True)}
    if settings.EMBEDDING_MODEL:
        models.add(settings.EMBEDDING_MODEL)
    return sorted(model for model in models if not is_priced(model))


def is_priced(model: str, at: datetime | None = None) -> bool:
    return price_of(model, at) is not None
