"""Record every call of a model or an embedder, however it ended."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from channels.db import database_sync_to_async
from django import db
from django.db import transaction
from redis.exceptions import RedisError

from assistant import tombstones
from assistant.llm.engines.base import Usage
from assistant.usage import budgets, pricing
from assistant.usage.budgets import NO_HOLD, Amount, BudgetReservation
from assistant.usage.models import ModelCall

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """The origin and the purpose of a call, by which reports and the dashboard group costs."""

    workspace_id: uuid.UUID | None
    conversation_id: uuid.UUID | None = None
    message_id: uuid.UUID | None = None
    purpose: str = ModelCall.Purpose.REPLY
    widget_id: uuid.UUID | None = None  # its budgets apply in addition to the workspace's


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one call: model, tokens, duration in ms and status."""

    engine: str
    model: str
    usage: Usage
    ms_total: int
    ms_first_token: int | None = None
    tier: str = ""
    kind: str = ModelCall.Kind.GENERATION
    status: str = ModelCall.Status.DONE
    reason: str = ""
    attempts: int = 1
    texts: int = 1
    hold: BudgetReservation = NO_HOLD
    price_as: str = ""  # the model's name in price rules, if it differs


@transaction.atomic
def record(call: Call, outcome: Outcome) -> Decimal:
    """Store the call with its price, settle its budgets, and return the price in US dollars."""
    priced = outcome.price_as or outcome.model
    cost = pricing.price_usd(priced, outcome.usage)
    if outcome.kind == ModelCall.Kind.GENERATION:
        budgets.settle(outcome.hold, Amount.of(priced, outcome.usage))
    elif cost:
        budgets.book(call.workspace_id, Amount(cost))
    ModelCall.objects.create(
        workspace_id=call.workspace_id,
        conversation_id=call.conversation_id,
        message_id=call.message_id,
        purpose=call.purpose,
        kind=outcome.kind,
        tier=outcome.tier,
        engine=outcome.engine,
        model=outcome.model,
        status=outcome.status,
        reason=outcome.reason[:60],
        attempts=outcome.attempts,
        texts=outcome.texts,
        prompt_tokens=outcome.usage.prompt_tokens,
        prompt_cached_tokens=outcome.usage.prompt_cached_tokens,
        prompt_cache_written_tokens=outcome.usage.prompt_cache_written_tokens,
        completion_tokens=outcome.usage.completion_tokens,
        reasoning_tokens=outcome.usage.reasoning_tokens,
        counted_locally=outcome.usage.counted_locally,
        cost_usd=cost,
        unpriced=not pricing.is_priced(priced),
        ms_first_token=outcome.ms_first_token,
        ms_total=outcome.ms_total,
    )
    return cost


def record_or_log(call: Call, outcome: Outcome) -> Decimal:
    """Record a call like `record`; if the database is down, log it and return 0 instead of failing the answer."""
    try:
        cost = record(call, outcome)
        if call.conversation_id and _was_erased(call.conversation_id):  # during the call
            forget([call.conversation_id])
        return cost
    except db.Error:
        logger.exception("cannot record a call: %s by %s, %s", call.purpose, outcome.engine, outcome.usage)
        return Decimal(0)


def _was_erased(conversation_id: uuid.UUID) -> bool:
    try:
        return tombstones.is_any_erased([conversation_id])
    except (RedisError, OSError) as error:
        logger.warning("cannot check whether the conversation of a call was erased: %s", error)
        return False


def forget(conversation_ids: Iterable[uuid.UUID | str]) -> None:
    """Remove the references to these conversations from their calls. The costs stay."""
    calls = ModelCall.objects.filter(conversation_id__in=list(conversation_ids))
    calls.update(conversation_id=None, message_id=None)


# In a pool thread, not in the single thread that Django's async ORM uses.
arecord = database_sync_to_async(record_or_log, thread_sensitive=False)

_recording: set[asyncio.Task[Decimal]] = set()


def record_soon(call: Call, outcome: Outcome) -> None:
    """Record a call in the background, so that the customer does not wait for it."""
    task = asyncio.get_running_loop().create_task(arecord(call, outcome))
    _recording.add(task)  # because the loop keeps only weak references
    task.add_done_callback(_recording.discard)


async def settle() -> None:
    """Wait until all calls of this event loop are recorded."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(*[task for task in _recording if task.get_loop() is loop])
