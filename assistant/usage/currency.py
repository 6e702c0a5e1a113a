"""Show amounts, which are stored in US dollars, in the currency of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from assistant.usage.models import ExchangeRate
from assistant.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Currency:
    """The currency to show amounts in. `per_usd` is None for US dollars, also if there is no rate for `wanted`."""

    code: str = "USD"
    per_usd: Decimal | None = None
    updated_at: datetime | None = None
    wanted: str = "USD"

    @property
    def note(self) -> str:
        """A note below amounts about the exchange rate; empty if the workspace's currency is US dollars."""
        if self.per_usd is not None and self.updated_at:
            rate = f"{self.per_usd.normalize():f} per US dollar, the rate of {self.updated_at:%Y-%m-%d}"
            return f"Shown in {self.code} at {rate}."
        if self.wanted != self.code:
            return f"Shown in US dollars: there is no exchange rate for {self.wanted}."
        return ""

    def of(self, usd: Any) -> Decimal:
        return Decimal(str(usd or 0)) * (Decimal(1) if self.per_usd is None else self.per_usd)


DOLLARS = Currency()


def of(workspace: Workspace) -> Currency:
    """Return the currency of a workspace if it has an exchange rate, otherwise US dollars."""
    wanted = workspace.currency
    if wanted == DOLLARS.code:
        return DOLLARS
    rate = ExchangeRate.objects.filter(currency=wanted).first()
    if rate is None:
        return Currency(wanted=wanted)
    return Currency(wanted, rate.per_usd, rate.updated_at, wanted)
