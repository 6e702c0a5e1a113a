"""Call a model: try the engines of a tier in order, with retries, and meter each call."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from assistant.circuit_breaker import CircuitBreaker
from assistant.llm import masking, registry
from assistant.llm.attempt import Attempt, ModelCallRecord, OnMetered, ignore
from assistant.llm.breakers import breaker_of
from assistant.llm.connections.current import aready
from assistant.llm.engines.base import (
    Engine,
    EngineError,
    EngineInterrupted,
    EngineRefused,
    EngineUnavailable,
    Prompt,
    Usage,
    prompt_tokens,
)
from assistant.llm.reasoning import without_reasoning
from assistant.usage import budgets
from assistant.usage.budgets import NO_HOLD, BudgetExhausted, BudgetReservation, BudgetStatus
from assistant.usage.metering import Call
from assistant.usage.models import ModelCall

__all__ = [
    "BudgetExhausted",
    "BudgetStatus",
    "Call",
    "Completion",
    "ModelCallRecord",
    "RoutedDelta",
    "aready",
    "complete",
    "is_configured",
    "stream",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RoutedDelta:
    """A piece of an answer. Only the last one has a finish reason and record. `structured` as in `Delta`."""

    text: str = ""
    structured: bool = False
    finish_reason: str | None = None
    record: ModelCallRecord | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    finish_reason: str
    record: ModelCallRecord


def is_configured(tier: str, workspace_id: UUID | None = None) -> bool:
    """Return whether a tier has any engine, which may still be unavailable.

    Without a workspace, only the engines for all workspaces count.
    """
    return bool(registry.names(tier, workspace_id))


def breaker(name: str) -> CircuitBreaker:
    return breaker_of(registry.engine(name))


def allowed(name: str) -> Engine | None:
    """Return the engine if it may be called now."""
    try:
        engine = registry.engine(name)
    except KeyError:  # staff have removed it since the engines were listed
        return None
    return engine if breaker_of(engine).allows() else None


async def stream(
    prompt: Prompt, call: Call, *, tier: str = "large", on_metered: OnMetered = ignore, retries: int | None = None
) -> AsyncGenerator[RoutedDelta, None]:
    """Yield the answer of the first engine that gives one. Use it with `aclosing`: closing stops the model.

    Engines are tried in order, followed by those of the fallback tiers, with at most MODEL_RETRIES (or `retries`)
    retries in all, until one yields text. Every call is metered, however it ends; `on_metered` gets each record with
    tokens.

    Raises:
        EngineUnavailable: none answered or none is configured. BudgetExhausted if a budget allowed no call.
        EngineInterrupted: the answer broke off after some text was yielded.
    """
    error: EngineError | None = None
    standing, tries = await prepare(tier, call, retries)
    while (engine := await tries.next_engine(error)) is not None:
        try:
            sent = await masking.aprotect(prompt, engine.name, call)
            hold = await set_aside(standing, call, engine, sent.prompt)
        except (masking.MaskingFailed, BudgetExhausted) as raised:
            error = raised
            continue
        begun = (tier_of(engine.name, tier, call), tries.made, tries.asked_at, standing, hold, on_metered)
        attempt = Attempt(engine, sent, call, *begun, registry.price_name_of(engine))
        try:
            async with aclosing(sent.restored(attempt.deltas())) as deltas:
                async for delta in deltas:
                    yield RoutedDelta(delta.text, delta.structured)
            breaker_of(engine).record_success()
        except EngineError as raised:
            error = raised
            note_failure(attempt, raised)
        finally:
            record = await asyncio.shield(asyncio.ensure_future(attempt.metered()))  # even if this task is cancelled
        if attempt.status == ModelCall.Status.DONE:
            yield RoutedDelta(finish_reason=attempt.finish_reason, record=record)
            return
        if attempt.text:
            raise EngineInterrupted(f"{engine.name} broke off", reason=attempt.reason) from error
    raise await nobody(tier, call, standing, error) from error


async def prepare(tier: str, call: Call, retries: int | None) -> tuple[BudgetStatus, Tries]:
    """Return the status of the budgets, and the engines that may be called."""
    asked_at = time.monotonic()
    await aready()
    standing = await budgets.astatus(call.workspace_id, call.widget_id)
    return standing, Tries(affordable(standing, tier, call), asked_at, retries)


async def nobody(tier: str, call: Call, standing: BudgetStatus, error: EngineError | None) -> EngineUnavailable:
    """Return the error that says why no engine answered. Alert staff if a budget was the reason."""
    if isinstance(error, BudgetExhausted) or (
        registry.names(tier, call.workspace_id) and not affordable(standing, tier, call)
    ):
        exhausted = error if isinstance(error, BudgetExhausted) else BudgetExhausted(standing)
        await budgets.anote_exhausted(call.workspace_id, call.widget_id, exhausted.budget_id)
        return exhausted
    return EngineUnavailable(f"no engine of tier {tier} answered", reason=error.reason if error else "no_engine")


def affordable(standing: BudgetStatus, tier: str, call: Call) -> list[str]:
    """Return the engines of a tier that the budgets allow: the expensive ones last, or not at all past a threshold."""
    names, saving = registry.names(tier, call.workspace_id), registry.own_names("saving", call.workspace_id)
    if standing.rung < budgets.SMALLER or tier == "small":
        return names
    if call.purpose in (ModelCall.Purpose.SHADOW, ModelCall.Purpose.VISION):
        return []  # nobody waits for the result, or there is an alternative
    return list(dict.fromkeys([*saving, *names] if standing.rung < budgets.SMALL_ONLY else saving))


def tier_of(name: str, tier: str, call: Call) -> str:
    """Return an engine's tier, which differs from the requested one if a budget or a fallback chose the engine."""
    others = ("saving", *settings.TIER_FALLBACK.get(tier, ()))
    standing_in = (each for each in (tier, *others) if name in registry.own_names(each, call.workspace_id))
    return next(standing_in, tier)


async def set_aside(standing: BudgetStatus, call: Call, engine: Engine, prompt: Prompt) -> BudgetReservation:
    """Reserve the maximum cost of the call in every budget; nothing if there was no budget when it started.

    Raises:
        BudgetExhausted
    """
    if standing.budget_id is None:
        return NO_HOLD
    model = registry.price_name_of(engine)
    hold = await budgets.areserve(call.workspace_id, call.widget_id, model, at_most(engine, prompt))
    if hold.refused_by:
        raise BudgetExhausted(standing, hold.refused_by)
    return hold


def at_most(engine: Engine, prompt: Prompt) -> Usage:
    """Return the maximum usage of a call: the longest possible answer, and nothing of the prompt cached."""
    written = prompt.max_tokens + engine.thinking_tokens
    return Usage(prompt_tokens=prompt_tokens(prompt, engine.count_tokens), completion_tokens=written)


def note_failure(attempt: Attempt, error: EngineError) -> None:
    attempt.status, attempt.reason = ModelCall.Status.FAILED, error.reason
    logger.warning("%s, try %d: %s (%s)", attempt.engine.name, attempt.number, error.reason, error)
    if not isinstance(error, EngineRefused):  # a refusal concerns this prompt, not the engine's health
        breaker_of(attempt.engine).record_failure()


class Tries:
    """Chooses the engine to call next, and the pause before it."""

    def __init__(self, names: list[str], asked_at: float, retries: int | None = None) -> None:
        self.names = list(names)
        self.asked_at = asked_at
        self.retries = settings.MODEL_RETRIES if retries is None else retries
        self.made = 0

    async def next_engine(self, error: EngineError | None) -> Engine | None:
        """Return the engine to call, after a pause if it is the same one; None if no further attempt is allowed.

        An engine that failed goes to the end of the queue. One that refused, or asks for a longer pause than
        MODEL_RETRY_AFTER_MAX_S, is removed. An engine is called again only within MODEL_RETRY_WINDOW_S of the question:
        after a first timeout the customer has waited long enough.
        """
        previous = self.names.pop(0) if error and self.names else None
        if previous and error and self.may_try_again(error):
            self.names.append(previous)
        if self.made > self.retries:
            return None
        while self.names:
            if engine := allowed(self.names[0]):
                if self.names[0] == previous and error:
                    await asyncio.sleep(self.pause_s(error))
                self.made += 1
                return engine
            self.names.pop(0)
        return None

    def may_try_again(self, error: EngineError) -> bool:
        if isinstance(error, EngineRefused | BudgetExhausted):
            return False
        if (error.retry_after_s or 0) > settings.MODEL_RETRY_AFTER_MAX_S:
            return False
        return time.monotonic() - self.asked_at < settings.MODEL_RETRY_WINDOW_S

    def pause_s(self, error: EngineError) -> float:
        """Return the pause the server asked for, or an exponential backoff, with jitter to spread the retries."""
        asked_s = error.retry_after_s or 0.25 * 2 ** (self.made - 1)
        return asked_s + random.uniform(0, 0.25)


async def complete(prompt: Prompt, call: Call, *, tier: str = "small") -> Completion:
    """Return the complete answer; reasoning is removed from prose. Raises like `stream`."""
    pieces: list[str] = []
    async with aclosing(stream(prompt, call, tier=tier)) as deltas:
        async for delta in deltas:
            pieces.append(delta.text)
            if delta.record:
                text = "".join(pieces) if prompt.schema else without_reasoning("".join(pieces))
                return Completion(text, delta.finish_reason or "stop", delta.record)
    raise EngineInterrupted("the stream ended without its record", reason="no_record")
