"""Reserve, then settle: a call is made only if the most it can cost still fits every budget it counts against.

The reservation is one UPDATE a budget with the cap in its WHERE, so that any number of calls at once cannot
overshoot. When the call has ended, what it really took is booked and the rest set free; of a process that
died in between, the reservation runs out. Budgets are always locked in the order of their ids.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from assistant.llm.engines.base import EngineUnavailable, Usage
from assistant.usage import alerts, pricing
from assistant.usage.models import Alert, Budget, BudgetPeriod, Reservation

ALERT, SMALLER, SMALL_ONLY, EXHAUSTED = THRESHOLDS = (80, 90, 95, 100)  # percent of a budget
WHAT_FOLLOWS = {
    ALERT: "no effect yet",
    SMALLER: "the smaller model answers first",
    SMALL_ONLY: "only the cache and the smaller model answer",
    EXHAUSTED: "only the cache answers; everything else goes to a person",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """Money and tokens of one call."""

    usd: Decimal = Decimal(0)
    tokens: int = 0

    @classmethod
    def of(cls, model: str, usage: Usage) -> Amount:
        return cls(pricing.price_usd(model, usage), usage.prompt_tokens + usage.completion_tokens)


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """How far the most used budget is used: the rung of the ladder (0 for below the first) and the share."""

    rung: int = 0
    used_share: float = 0.0
    budget_id: int | None = None  # None: there is no budget


UNLIMITED = BudgetStatus()


@dataclass(frozen=True, slots=True)
class BudgetReservation:
    """What was set aside for one call; `period_ids` in the order of their budgets.

    Nothing was where `refused_by` names a budget that had no room: then the call must not be made.
    """

    id: uuid.UUID
    period_ids: tuple[int, ...] = ()
    refused_by: int | None = None


NO_HOLD = BudgetReservation(uuid.UUID(int=0))  # of a call that no budget limits


class BudgetExhausted(EngineUnavailable):
    """No engine may be asked: the answer would cost more than a budget has left."""

    def __init__(self, standing: BudgetStatus, budget_id: int | None = None) -> None:
        super().__init__("the budget is used up", reason="budget_exhausted")
        self.standing = standing
        self.budget_id = budget_id  # that had no room for it; None where not even that was asked


class Refused(Exception):
    """One of the budgets has no room, so none of them keeps a reservation."""

    def __init__(self, budget_id: int) -> None:
        super().__init__(budget_id)
        self.budget_id = budget_id


def status(workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None = None) -> BudgetStatus:
    """Of the budgets that limit a call, the one that is used most."""
    budgets = _limiting(workspace_id, widget_id)
    if not budgets:
        return UNLIMITED
    used = {budget.pk: 0.0 for budget in budgets} | {each.budget_id: each.used_share() for each in _periods(budgets)}
    budget_id, share = max(used.items(), key=lambda each: each[1])
    return BudgetStatus(threshold_of(share), round(share, 4), budget_id)


def status_of(budget: Budget) -> BudgetStatus:
    """One budget in its present period."""
    period = budget.periods.filter(starts_on=budget.starts_on(timezone.now().date())).first()
    share = period.used_share() if period else 0.0
    return BudgetStatus(threshold_of(share), round(share, 4), budget.pk)


def threshold_of(share: float) -> int:
    return max((rung for rung in THRESHOLDS if share * 100 >= rung), default=0)


def reserve(
    workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None, model: str, at_most: Usage
) -> BudgetReservation:
    """Set aside what `at_most` costs in every budget that limits the call, or in none: see Hold.refused_by."""
    budgets = _limiting(workspace_id, widget_id)
    if not budgets:
        return NO_HOLD
    amount = Amount.of(model, at_most)
    try:
        return _reserved(budgets, amount)
    except Refused as refused:
        if not release_expired():
            return replace(NO_HOLD, refused_by=refused.budget_id)
    try:
        return _reserved(budgets, amount)
    except Refused as refused:
        return replace(NO_HOLD, refused_by=refused.budget_id)


@transaction.atomic
def settle(hold: BudgetReservation, spent: Amount) -> None:
    """Book what a call took and set the rest of its reservation free. Once a hold."""
    for period_id in hold.period_ids:
        held = Reservation.objects.filter(hold=hold.id, period=period_id).select_for_update().first()
        freed = Amount(held.usd, held.tokens) if held else Amount()  # it may have run out meanwhile
        if held:
            held.delete()
        _book(period_id, spent, freed)


@transaction.atomic
def book(workspace_id: uuid.UUID | None, spent: Amount) -> None:
    """Count what was spent without a reservation: a vector costs too little to be refused."""
    for budget in _limiting(workspace_id, None):
        period_id = _period_id(budget, timezone.now().date())
        if period_id is not None:
            _book(period_id, spent, Amount())


@transaction.atomic
def note_exhausted(workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None, budget_id: int | None) -> None:
    """Tell staff that an answer found no room in this budget, or in the one that is used most."""
    most_used = budget_id or status(workspace_id, widget_id).budget_id
    budget = Budget.objects.filter(pk=most_used or 0).first()
    period_id = _period_id(budget, timezone.now().date()) if budget else None
    if period_id is not None:
        _alert(BudgetPeriod.objects.select_related("budget").get(pk=period_id), [EXHAUSTED])


def release_expired() -> int:
    """Set free what dead processes had set aside; returns how many reservations that were."""
    due = Reservation.objects.filter(expires_at__lt=timezone.now()).values_list("pk", flat=True)
    return sum(_released(pk) for pk in list(due))


@transaction.atomic
def _released(pk: int) -> bool:
    held = Reservation.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if held is None:
        return False
    held.delete()
    _book(held.period_id, Amount(), Amount(held.usd, held.tokens))
    return True


@transaction.atomic
def _reserved(budgets: Sequence[Budget], at_most: Amount) -> BudgetReservation:
    hold_id, today = uuid.uuid4(), timezone.now().date()
    until = timezone.now() + timedelta(seconds=settings.BUDGET_RESERVED_S)
    period_ids = [pk for budget in budgets if (pk := _set_aside(budget, today, at_most)) is not None]
    Reservation.objects.bulk_create(
        Reservation(hold=hold_id, period_id=each, usd=at_most.usd, tokens=at_most.tokens, expires_at=until)
        for each in period_ids
    )
    for period_id in period_ids:
        _alert_at(period_id)
    return BudgetReservation(hold_id, tuple(period_ids))


def _set_aside(budget: Budget, day: date, at_most: Amount) -> int | None:
    """Reserve in one budget; return its period's id, or None if the budget was deleted meanwhile.

    Raises:
        Refused: it has no room.
    """
    if (period_id := _period_id(budget, day)) is None:
        return None
    period = BudgetPeriod.objects.filter(pk=period_id)
    if period.filter(_has_room(budget, at_most)).update(
        reserved_usd=F("reserved_usd") + at_most.usd, reserved_tokens=F("reserved_tokens") + at_most.tokens
    ):
        return period_id
    if period.exists():
        raise Refused(budget.pk)
    return None


def _has_room(budget: Budget, at_most: Amount) -> Q:
    """spent + reserved + at_most <= cap, for each cap there is; no join, so that the row is judged as it is now."""
    room = Q()
    if budget.cap_usd is not None:
        room &= Q(spent_usd__lte=budget.cap_usd - at_most.usd - F("reserved_usd"))
    if budget.cap_tokens is not None:
        room &= Q(spent_tokens__lte=budget.cap_tokens - at_most.tokens - F("reserved_tokens"))
    return room


def _book(period_id: int, spent: Amount, freed: Amount) -> None:
    """Does nothing where the budget was deleted meanwhile: then there is nothing to count against."""
    booked = BudgetPeriod.objects.filter(pk=period_id).update(
        spent_usd=F("spent_usd") + spent.usd,
        spent_tokens=F("spent_tokens") + spent.tokens,
        reserved_usd=F("reserved_usd") - freed.usd,
        reserved_tokens=F("reserved_tokens") - freed.tokens,
    )
    if booked:
        _alert_at(period_id)


def _limiting(workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None) -> list[Budget]:
    """Those that a call for this workspace and widget is counted against, always in the same order."""
    if workspace_id is None:
        return []
    concerned = Q(widget=None) | Q(widget=widget_id)
    return list(Budget.objects.filter(concerned, workspace=workspace_id, enabled=True).order_by("pk"))


def _periods(budgets: Sequence[Budget]) -> list[BudgetPeriod]:
    """The present ones, of those budgets that were used in it."""
    today = timezone.now().date()
    wanted = {budget.pk: budget.starts_on(today) for budget in budgets}
    rows = BudgetPeriod.objects.filter(budget__in=wanted, starts_on__in=set(wanted.values())).select_related("budget")
    return [row for row in rows if row.starts_on == wanted[row.budget_id]]


def _period_id(budget: Budget, day: date) -> int | None:
    """The present period, made where there is none yet; None if the budget was deleted meanwhile."""
    starts_on = budget.starts_on(day)
    known = BudgetPeriod.objects.filter(budget=budget.pk, starts_on=starts_on).values_list("pk", flat=True).first()
    if known is not None:
        return known
    # Locked, so that the budget cannot go before its period is there.
    if not Budget.objects.select_for_update(no_key=True).filter(pk=budget.pk).exists():
        return None
    return BudgetPeriod.objects.get_or_create(budget_id=budget.pk, starts_on=starts_on)[0].pk


def _alert_at(period_id: int) -> None:
    """Tell of every rung that this row has reached. Inside the transaction that holds the row."""
    period = BudgetPeriod.objects.select_related("budget").get(pk=period_id)
    _alert(period, [rung for rung in THRESHOLDS if period.used_share() * 100 >= rung])


def _alert(period: BudgetPeriod, reached: Sequence[int]) -> None:
    budget = period.budget
    for rung in reached:
        alerts.tell_once(
            budget.workspace_id,
            Alert.Kind.BUDGET,
            rung,
            f"{rung} % of the budget is used ({budget.allowance()} per {budget.period}"
            f"{f', widget {budget.widget.name}' if budget.widget else ''}): {WHAT_FOLLOWS[rung]}.",
            scope=f"budget:{budget.pk}",
            starts_on=period.starts_on,
            details={"used_share": round(period.used_share(), 4), "period": budget.period},
        )


astatus = database_sync_to_async(status, thread_sensitive=False)
areserve = database_sync_to_async(reserve, thread_sensitive=False)
anote_exhausted = database_sync_to_async(note_exhausted, thread_sensitive=False)
