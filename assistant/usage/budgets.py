"""Reserve, then settle: a call is only made if its maximum cost fits every budget that it counts against.

A reservation is one UPDATE per budget with the cap in its WHERE clause, so that concurrent calls cannot exceed it.
After the call, its actual cost is booked and the rest released; if the process died, the reservation expires. Budgets
are always locked in the order of their ids.
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
    """The cost of one call, in US dollars and in tokens."""

    usd: Decimal = Decimal(0)
    tokens: int = 0

    @classmethod
    def of(cls, model: str, usage: Usage) -> Amount:
        return cls(pricing.price_usd(model, usage), usage.prompt_tokens + usage.completion_tokens)


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """The status of the most used budget: `rung` is the highest threshold reached, or 0; `used_share` is 0 to 1."""

    rung: int = 0
    used_share: float = 0.0
    budget_id: int | None = None  # None if there is no budget


UNLIMITED = BudgetStatus()


@dataclass(frozen=True, slots=True)
class BudgetReservation:
    """The amount reserved for one call; `period_ids` are in the order of their budgets.

    If `refused_by` is the id of a budget without room, nothing is reserved and the call must not be made.
    """

    id: uuid.UUID
    period_ids: tuple[int, ...] = ()
    refused_by: int | None = None


NO_HOLD = BudgetReservation(uuid.UUID(int=0))  # for a call that no budget limits


class BudgetExhausted(EngineUnavailable):
    """No model may be called, because the answer could cost more than a budget has left."""

    def __init__(self, standing: BudgetStatus, budget_id: int | None = None) -> None:
        super().__init__("the budget is used up", reason="budget_exhausted")
        self.standing = standing
        self.budget_id = budget_id  # the one without room; None if no reservation was tried


class Refused(Exception):
    """One of the budgets has no room, so none of them keeps a reservation."""

    def __init__(self, budget_id: int) -> None:
        super().__init__(budget_id)
        self.budget_id = budget_id


def status(workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None = None) -> BudgetStatus:
    """Return the status of the most used of the budgets that limit a call."""
    budgets = _limiting(workspace_id, widget_id)
    if not budgets:
        return UNLIMITED
    used = {budget.pk: 0.0 for budget in budgets} | {each.budget_id: each.used_share() for each in _periods(budgets)}
    budget_id, share = max(used.items(), key=lambda each: each[1])
    return BudgetStatus(threshold_of(share), round(share, 4), budget_id)


def status_of(budget: Budget) -> BudgetStatus:
    """Return the status of a budget in its current period."""
    period = budget.periods.filter(starts_on=budget.starts_on(timezone.now().date())).first()
    share = period.used_share() if period else 0.0
    return BudgetStatus(threshold_of(share), round(share, 4), budget.pk)


def threshold_of(share: float) -> int:
    return max((rung for rung in THRESHOLDS if share * 100 >= rung), default=0)


def reserve(
    workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None, model: str, at_most: Usage
) -> BudgetReservation:
    """Reserve the cost of `at_most` in every budget that limits the call, or in none; see `refused_by`."""
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
    """Book the actual cost of a call and release the rest of its reservation. Call it once per reservation."""
    for period_id in hold.period_ids:
        reservation = Reservation.objects.filter(hold=hold.id, period=period_id).select_for_update().first()
        released = Amount(reservation.usd, reservation.tokens) if reservation else Amount()  # None if it has expired
        if reservation:
            reservation.delete()
        _book(period_id, spent, released)


@transaction.atomic
def book(workspace_id: uuid.UUID | None, spent: Amount) -> None:
    """Book a cost without a reservation, for embeddings, which cost too little to be refused."""
    for budget in _limiting(workspace_id, None):
        period_id = _period_id(budget, timezone.now().date())
        if period_id is not None:
            _book(period_id, spent, Amount())


@transaction.atomic
def note_exhausted(workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None, budget_id: int | None) -> None:
    """Alert staff that this budget, or by default the most used one, had no room for an answer."""
    most_used = budget_id or status(workspace_id, widget_id).budget_id
    budget = Budget.objects.filter(pk=most_used or 0).first()
    period_id = _period_id(budget, timezone.now().date()) if budget else None
    if period_id is not None:
        _alert(BudgetPeriod.objects.select_related("budget").get(pk=period_id), [EXHAUSTED])


def release_expired() -> int:
    """Release the expired reservations of processes that died. Returns their number."""
    due = Reservation.objects.filter(expires_at__lt=timezone.now()).values_list("pk", flat=True)
    return sum(_released(pk) for pk in list(due))


@transaction.atomic
def _released(pk: int) -> bool:
    reservation = Reservation.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if reservation is None:
        return False
    reservation.delete()
    _book(reservation.period_id, Amount(), Amount(reservation.usd, reservation.tokens))
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
    """Reserve in one budget. Returns the id of its period; None if the budget was deleted.

    Raises:
        Refused: the budget has no room.
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
    """Return the condition spent + reserved + at_most <= cap, for each cap. Without a join, UPDATE rechecks it."""
    room = Q()
    if budget.cap_usd is not None:
        room &= Q(spent_usd__lte=budget.cap_usd - at_most.usd - F("reserved_usd"))
    if budget.cap_tokens is not None:
        room &= Q(spent_tokens__lte=budget.cap_tokens - at_most.tokens - F("reserved_tokens"))
    return room


def _book(period_id: int, spent: Amount, released: Amount) -> None:
    """Add to the spent amount and reduce the reserved one. Does nothing if the budget was deleted."""
    booked = BudgetPeriod.objects.filter(pk=period_id).update(
        spent_usd=F("spent_usd") + spent.usd,
        spent_tokens=F("spent_tokens") + spent.tokens,
        reserved_usd=F("reserved_usd") - released.usd,
        reserved_tokens=F("reserved_tokens") - released.tokens,
    )
    if booked:
        _alert_at(period_id)


def _limiting(workspace_id: uuid.UUID | None, widget_id: uuid.UUID | None) -> list[Budget]:
    """Return the budgets that a call for this workspace and widget counts against, in the order of their ids."""
    if workspace_id is None:
        return []
    for_widget = Q(widget=None) | Q(widget=widget_id)
    return list(Budget.objects.filter(for_widget, workspace=workspace_id, enabled=True).order_by("pk"))


def _periods(budgets: Sequence[Budget]) -> list[BudgetPeriod]:
    """Return the current periods of these budgets; a budget that was not used in its period has none."""
    today = timezone.now().date()
    starts = {budget.pk: budget.starts_on(today) for budget in budgets}
    rows = BudgetPeriod.objects.filter(budget__in=starts, starts_on__in=set(starts.values())).select_related("budget")
    return [row for row in rows if row.starts_on == starts[row.budget_id]]


def _period_id(budget: Budget, day: date) -> int | None:
    """Return the id of the current period, created if needed; None if the budget was deleted."""
    starts_on = budget.starts_on(day)
    known = BudgetPeriod.objects.filter(budget=budget.pk, starts_on=starts_on).values_list("pk", flat=True).first()
    if known is not None:
        return known
    # Locked, so that the budget cannot be deleted before its period is created.
    if not Budget.objects.select_for_update(no_key=True).filter(pk=budget.pk).exists():
        return None
    return BudgetPeriod.objects.get_or_create(budget_id=budget.pk, starts_on=starts_on)[0].pk


def _alert_at(period_id: int) -> None:
    """Alert for every threshold that this period has reached. Call it in the transaction that locks the row."""
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
