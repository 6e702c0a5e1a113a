"""Tokens, cost, savings and latency of a workspace, grouped as requested."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Avg, Count, F, FloatField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, TruncDate

from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from conversations.models import Conversation, Message, MessageQuerySet

MONEY = models.DecimalField(max_digits=16, decimal_places=6)
MICRO = Decimal("0.000001")
# Replies whose receipt has an estimated full cost.
COMPARABLE = Q(receipt__would_have_cost_usd__isnull=False) & ~Q(receipt__would_have_cost_usd=None)
CAUSES = ("summary", "cache", "tier")  # as in receipts

GROUPS = {
    "day": TruncDate("at"),
    "purpose": F("purpose"),
    "tier": F("tier"),
    "engine": F("engine"),
    "model": F("model"),
}


class Percentile(models.Aggregate):
    """PostgreSQL's percentile_cont."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def calls_by(workspace: Workspace, groups: list[str], first: date, last: date) -> list[dict[str, Any]]:
    """Return one row per group of model and embedding calls, days inclusive. Times in ms, money in US dollars."""
    calls = ModelCall.objects.filter(workspace=workspace, at__date__gte=first, at__date__lte=last)
    # The prefix `by_` avoids clashes with the model's fields.
    grouped = calls.annotate(**{f"by_{name}": GROUPS[name] for name in groups}).values(*[f"by_{n}" for n in groups])
    rows = grouped.annotate(
        calls=Count("pk"),
        failed=Count("pk", filter=Q(status=ModelCall.Status.FAILED)),
        prompt_tokens=Sum("prompt_tokens"),
        prompt_cached_tokens=Sum("prompt_cached_tokens"),
        completion_tokens=Sum("completion_tokens"),
        cost_usd=Sum("cost_usd"),
        ms_mean=Avg("ms_total"),
        ms_p50=Percentile("ms_total", share=0.5),
        ms_p95=Percentile("ms_total", share=0.95),
    ).order_by(*[f"by_{name}" for name in groups])
    return [{key.removeprefix("by_"): value for key, value in row.items()} | _ratio(row) for row in rows]


def _ratio(row: dict[str, Any]) -> dict[str, float | None]:
    """Return input tokens per output token; None without output."""
    output_tokens = row["completion_tokens"]
    return {"tokens_ratio": row["prompt_tokens"] / output_tokens if output_tokens else None}


def replies_of(workspace: Workspace, first: date, last: date) -> dict[str, Any]:
    """Return cost and savings of these days' replies, by receipts: total, by cause, and per conversation."""
    replies = Message.objects.filter(
        conversation__workspace=workspace,
        receipt__isnull=False,
        created_at__date__gte=first,
        created_at__date__lte=last,
    ).order_by()
    sources = replies.values_list(KT("receipt__source")).annotate(count=Count("pk"))
    resolved = replies.filter(conversation__status=Conversation.Status.RESOLVED)
    return {
        **_sums(replies),
        "sources": dict(sources),
        "tiers": _by_tier(replies),
        "cascade": _cascade(replies),
        "by_cause": _by_cause(replies),
        "what_if": _what_if(replies),
        "vision_avoided": _vision_avoided(replies),
        "per_conversation": _per_conversation(replies),
        "per_resolved_conversation": _per_conversation(resolved),
    }


def _by_tier(replies: MessageQuerySet) -> dict[str, int]:
    """Return the number of replies per model tier; "none" for those without a model."""
    written = replies.values_list(KT("receipt__tier")).annotate(count=Count("pk"))
    return {tier or "none": count for tier, count in sorted(written, key=lambda row: -row[1])}


def _cascade(replies: MessageQuerySet) -> dict[str, int]:
    """Return how often the small model was asked first, and how often its answer was used."""
    return replies.aggregate(
        tried=Count("pk", filter=Q(receipt__cascade__isnull=False) & ~Q(receipt__cascade=None)),
        accepted=Count("pk", filter=Q(receipt__cascade__accepted=True)),
    )


def _sums(replies: MessageQuerySet) -> dict[str, Any]:
    sums = replies.aggregate(
        replies=Count("pk"),
        cost_usd=Sum(Cast(KT("receipt__cost_usd"), MONEY)),
        would_have_cost_usd=Sum(Cast(KT("receipt__would_have_cost_usd"), MONEY)),
        comparable_cost_usd=Sum(Cast(KT("receipt__cost_usd"), MONEY), filter=COMPARABLE),
    )
    comparable_cost = sums.pop("comparable_cost_usd") or Decimal(0)
    would = sums["would_have_cost_usd"] if sums["replies"] else Decimal(0)
    saved = None if would is None else would - comparable_cost
    cost = sums["cost_usd"] or Decimal(0)
    return {"replies": sums["replies"], "cost_usd": cost, "would_have_cost_usd": would, "saved_usd": saved}


def _by_cause(replies: MessageQuerySet) -> dict[str, Decimal | None]:
    """Return the savings by cause; None if unknown."""
    return replies.aggregate(**{cause: Sum(Cast(KT(f"receipt__saved_usd__{cause}"), MONEY)) for cause in CAUSES})


def _what_if(replies: MessageQuerySet) -> dict[str, Any] | None:
    """Return the cost with REFERENCE_MODEL of the replies that had no large model to compare with."""
    model = settings.REFERENCE_MODEL
    cost = replies.filter(receipt__what_if__model=model).aggregate(
        usd=Sum(Cast(KT("receipt__what_if__cost_usd"), MONEY))
    )["usd"]
    return None if cost is None else {"model": model, "cost_usd": cost}


def _vision_avoided(replies: MessageQuerySet) -> dict[str, Any]:
    """Return how many pictures were read without a vision model, and the saving; see `receipts`."""
    avoided = "receipt__vision_avoided__"
    sums = replies.filter(receipt__has_key="vision_avoided").aggregate(
        calls=Sum(Cast(KT(f"{avoided}calls"), models.IntegerField())),
        tokens=Sum(Cast(KT(f"{avoided}tokens"), models.IntegerField())),
        usd=Sum(Cast(KT(f"{avoided}usd"), MONEY)),
    )
    return {"calls": sums["calls"] or 0, "tokens": sums["tokens"] or 0, "usd": sums["usd"]}


def _per_conversation(replies: MessageQuerySet) -> dict[str, Any]:
    """Return the mean over the conversations of these replies; None without any."""
    sums = _sums(replies)
    conversations = replies.aggregate(count=Count("conversation", distinct=True))["count"]
    if not conversations:
        return {"conversations": 0} | dict.fromkeys(sums)
    return {"conversations": conversations, "replies": sums.pop("replies") / conversations} | {
        name: None if usd is None else (usd / conversations).quantize(MICRO) for name, usd in sums.items()
    }
