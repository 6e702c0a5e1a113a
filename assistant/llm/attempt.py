"""One call to an engine: its stream, and its record for metering, however the call ends."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal

from assistant.llm.breakers import breaker_of
from assistant.llm.connections import live
from assistant.llm.engines.base import Delta, Engine, Usage, counted
from assistant.llm.masking import Protected
from assistant.usage import metering
from assistant.usage.budgets import NO_HOLD, UNLIMITED, BudgetReservation, BudgetStatus
from assistant.usage.metering import Call, Outcome
from assistant.usage.models import ModelCall


@dataclass(frozen=True, slots=True)
class ModelCallRecord:
    """What a receipt shows of the call that answered. Times are measured from the question and include retries."""

    tier: str
    engine: str
    model: str
    usage: Usage
    cost_usd: Decimal
    ms_first_token: int
    ms_total: int
    budget: BudgetStatus = UNLIMITED  # before the call
    masked: Mapping[str, int] = field(default_factory=dict)  # number of masked values, by kind


OnMetered = Callable[[ModelCallRecord], None]


def ignore(record: ModelCallRecord) -> None:
    """Do nothing; for callers that need no record."""


@dataclass(slots=True)
class Attempt:
    """A running call to an engine, with what has to be metered even if nobody waits for its end."""

    engine: Engine
    sent: Protected
    call: Call
    tier: str
    number: int
    asked_at: float  # time of the question, before any retry
    budget: BudgetStatus = UNLIMITED
    hold: BudgetReservation = NO_HOLD
    on_metered: OnMetered = ignore
    price_as: str = ""  # the model's name in price rules, if different
    started_at: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    text: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # the model's reasoning
    usage: Usage | None = None
    status: ModelCall.Status = ModelCall.Status.STOPPED  # until it completes or fails
    reason: str = ""
    finish_reason: str | None = None

    async def deltas(self) -> AsyncGenerator[Delta, None]:
        """Yield the engine's text deltas and collect what metering needs. Nothing is stored yet."""
        async with aclosing(self.engine.stream(self.sent.prompt)) as deltas:
            async for delta in deltas:
                self.usage = delta.usage or self.usage
                self.finish_reason = delta.finish_reason or self.finish_reason
                if delta.hidden:
                    self.hidden.append(delta.hidden)
                if delta.text:
                    self.first_token_at = self.first_token_at or time.monotonic()
                    self.text.append(delta.text)
                    yield delta
        self.status = ModelCall.Status.DONE

    def used(self) -> Usage:
        """Return the usage that the server reported, or our own count if the call did not complete."""
        if self.usage and self.status == ModelCall.Status.DONE:
            return self.usage
        written = "".join([*self.hidden, *self.text])
        if not (written or self.usage) and self.status == ModelCall.Status.FAILED:
            return Usage()  # refused or never started, so not billed
        return counted(self.usage, self.sent.prompt, written, self.engine.count_tokens, is_whole=False)

    def ms_since_asked(self, moment: float | None) -> int:
        return round(((moment or time.monotonic()) - self.asked_at) * 1000)

    async def metered(self) -> ModelCallRecord:
        usage, total_ms = self.used(), self.ms_since_asked(None)
        first_ms = self.ms_since_asked(self.first_token_at) if self.first_token_at else None
        outcome = Outcome(
            engine=self.engine.name,
            model=self.engine.model,
            usage=usage,
            ms_total=round((time.monotonic() - self.started_at) * 1000),
            ms_first_token=first_ms,
            tier=self.tier,
            status=self.status,
            reason=self.reason,
            attempts=self.number,
            hold=self.hold,
            price_as=self.price_as,
        )
        cost = await metering.arecord(self.call, outcome)
        record = ModelCallRecord(
            self.tier,
            self.engine.name,
            self.engine.model,
            usage,
            cost,
            first_ms or total_ms,
            total_ms,
            self.budget,
            self.sent.counts,
        )
        live.note(
            self.engine.name,
            breaker_of(self.engine),
            failed=self.status == ModelCall.Status.FAILED,
            reason=self.reason,
            tokens=usage.prompt_tokens + usage.completion_tokens,
        )
        if usage.prompt_tokens:
            self.on_metered(record)
        return record
