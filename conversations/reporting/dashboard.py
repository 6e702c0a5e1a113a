"""Data of the staff start page and the usage page."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DecimalField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, TruncDate
from django.http import HttpRequest
from django.utils import timezone

from assistant.llm import embedding_status
from assistant.staff import permissions
from assistant.usage import currency
from assistant.usage.budgets import status_of
from assistant.usage.currency import DOLLARS, Currency
from assistant.workspaces.models import Workspace
from caching import counters
from caching.models import CachedAnswer
from conversations.gate.models import HeldMessage
from conversations.models import Conversation, Message
from conversations.reporting import setup_checklist, usage_report
from knowledge.models import Article, Gap

MONEY = DecimalField(max_digits=16, decimal_places=6)
DAYS_SHOWN = 14
QUEUE_SHOWN = 8
ALERTS_SHOWN = 12
# Display names of the sources in receipts, in the order of the chart.
SOURCES = {
    "exact_cache": ("Cache (exact match)", "var(--color-primary-700)"),
    "semantic_cache": ("Cache (similar question)", "var(--color-primary-500)"),
    "shared_call": ("Shared call", "var(--color-primary-300)"),
    "quoted_passage": ("Quoted article", "#818cf8"),
    "model": ("Model", "#f59e0b"),
    "rule": ("Automatic reply", "#94a3b8"),
    "human": ("Person", "#22c55e"),
}
TIERS = {"large": "Large model", "saving": "Small model", "small": "Model for summaries", "none": "No model"}
Rows = list[dict[str, Any]]


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Build the context of the start page; called by the admin theme."""
    ids = permissions.workspace_ids(request.user)
    today = timezone.now().date()
    first = today - timedelta(days=DAYS_SHOWN - 1)
    rows = replies_by_day(ids, first)
    now = [row for row in rows if row["day"] == today]
    context |= {
        "title": "Today",
        "content_title": "Today",
        "warning": embedding_status.warning(ids),
        "setup_steps": setup_checklist.steps(request.user),
        "conversations_today": Conversation.objects.filter(workspace__in=ids, created_at__date=today).count(),
        "waiting": waiting_in(ids)[:QUEUE_SHOWN],
        "waiting_count": waiting_in(ids).count(),
        "gaps": open_gaps(ids)[:6],
        "gap_count": open_gaps(ids).count(),
        "review_count": to_review(ids).count(),
        "past_review": Article.objects.past_review().filter(workspace__in=ids).count(),
        "today": sums(now),
        "sources_today": shares(now),
        "period": sums(rows),
        "replies_chart": replies_chart(rows, first, today),
        "money_chart": money_chart(rows, first, today),
        "has_replies": bool(rows),
        "chart_options": CHART_OPTIONS,
    }
    return context


def usage_of(workspace: Workspace, days: int) -> dict[str, Any]:
    """Return calls, tokens, money and latency of one workspace over the last days, including today."""
    last = timezone.now().date()
    first = last - timedelta(days=days - 1)
    by_day = usage_report.calls_by(workspace, ["day"], first, last)
    replies = replies_by_day([workspace.pk], first)
    rollups = usage_report.replies_of(workspace, first, last)
    input_tokens, output_tokens = (sum(row[name] for row in by_day) for name in ("prompt_tokens", "completion_tokens"))
    shown_in = currency.of(workspace)
    return {
        "totals": sums(replies),
        "currency": shown_in,
        "calls": sum(row["calls"] for row in by_day),
        "failed": sum(row["failed"] for row in by_day),
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "tokens_ratio": input_tokens / output_tokens if output_tokens else None,
        "by_purpose": usage_report.calls_by(workspace, ["purpose", "model"], first, last),
        "rollups": rollups,
        "tiers": tier_shares(rollups["tiers"]),
        "budgets": [(budget, status_of(budget)) for budget in workspace.budgets.filter(enabled=True)],
        "alerts": workspace.usage_alerts.filter(at__date__gte=first)[:ALERTS_SHOWN],
        "sources": shares(replies),
        "lookups": list(counters.totals(workspace.pk, days).items())[:12],
        "cost_chart": money_chart(replies, first, last, shown_in),
        "tokens_chart": tokens_chart(by_day, first, last),
    }


def waiting_in(ids: Sequence[uuid.UUID]) -> Any:
    """Return the conversations waiting for a person, the longest wait first."""
    conversations = Conversation.objects.filter(workspace__in=ids, status=Conversation.Status.WAITING)
    return conversations.select_related("contact", "workspace").order_by("updated_at")


def held_in(ids: Sequence[uuid.UUID]) -> Any:
    """Return the messages that wait for review."""
    return HeldMessage.objects.filter(workspace__in=ids, verdict=HeldMessage.Verdict.PENDING)


def open_gaps(ids: Sequence[uuid.UUID]) -> Any:
    return Gap.objects.filter(workspace__in=ids, status=Gap.Status.OPEN)


def to_review(ids: Sequence[uuid.UUID]) -> Any:
    return CachedAnswer.objects.filter(workspace__in=ids).to_review()


def replies_by_day(ids: Sequence[uuid.UUID], first: date) -> Rows:
    """Return a row per day and source since `first`: replies, ratings, cost and estimated full cost."""
    replies = Message.objects.filter(
        conversation__workspace__in=ids, receipt__isnull=False, created_at__date__gte=first
    ).order_by()
    return list(
        replies.annotate(day=TruncDate("created_at"), source=KT("receipt__source"))
        .values("day", "source")
        .annotate(
            count=Count("pk"),
            liked=Count("pk", filter=Q(rating="like")),
            disliked=Count("pk", filter=Q(rating="dislike")),
            cost_usd=Sum(Cast(KT("receipt__cost_usd"), MONEY)),
            would_have_cost_usd=Sum(Cast(KT("receipt__would_have_cost_usd"), MONEY)),
            comparable_cost_usd=Sum(Cast(KT("receipt__cost_usd"), MONEY), filter=usage_report.COMPARABLE),
        )
    )


def sums(rows: Rows) -> dict[str, Any]:
    total = {name: sum(row[name] or 0 for row in rows) for name in ("count", "liked", "disliked")}
    cost = sum(row["cost_usd"] or 0 for row in rows)
    comparable = [row for row in rows if row["would_have_cost_usd"] is not None]
    would = sum(row["would_have_cost_usd"] for row in comparable) if comparable or not rows else None
    saved = None if would is None else would - sum(row["comparable_cost_usd"] or 0 for row in comparable)
    cached = sum(row["count"] for row in rows if "cache" in (row["source"] or ""))
    share = cached / total["count"] if total["count"] else None
    return {**total, "cost_usd": cost, "would_have_cost_usd": would, "saved_usd": saved, "cached_share": share}


def tier_shares(counted: dict[str, int]) -> Rows:
    """Like `shares`, by the tier of the model that wrote the reply."""
    whole = sum(counted.values())
    return [
        {"label": TIERS.get(tier, tier), "count": count, "percent": round(100 * count / whole)}
        for tier, count in counted.items()
    ]


def shares(rows: Rows) -> Rows:
    """Return the number of replies per source, with their share in percent."""
    whole = sum(row["count"] for row in rows)
    result = []
    for source, (label, _) in SOURCES.items():
        count = sum(row["count"] for row in rows if row["source"] == source)
        if count:
            result.append({"label": label, "count": count, "percent": round(100 * count / whole)})
    return result


# --- charts, in the format of the theme's canvas ---


def replies_chart(rows: Rows, first: date, last: date) -> str:
    days = _days(first, last)
    counted = {(row["day"], row["source"]): row["count"] for row in rows}
    datasets = [
        _series(label, [counted.get((day, source), 0) for day in days], colour)
        for source, (label, colour) in SOURCES.items()
        if any(row["source"] == source for row in rows)
    ]
    return _chart(days, datasets)


def money_chart(rows: Rows, first: date, last: date, shown_in: Currency = DOLLARS) -> str:
    days = _days(first, last)
    by_day = {day: sums([row for row in rows if row["day"] == day]) for day in days}
    cost, saved = ([float(shown_in.of(by_day[day][name])) for day in days] for name in ("cost_usd", "saved_usd"))
    unit = "US$" if shown_in.per_usd is None else shown_in.code
    series = [
        _series(f"Cost ({unit})", cost, "#f59e0b"),
        _series(f"Saved ({unit})", saved, "var(--color-primary-500)"),
    ]
    return _chart(days, series)


def tokens_chart(rows: Rows, first: date, last: date) -> str:
    days = _days(first, last)
    by_day = {row["day"]: row for row in rows}
    nothing = {"prompt_tokens": 0, "prompt_cached_tokens": 0, "completion_tokens": 0}
    found = [by_day.get(day, nothing) for day in days]
    fresh = [row["prompt_tokens"] - row["prompt_cached_tokens"] for row in found]
    return _chart(
        days,
        [
            _series("Input", fresh, "#818cf8"),
            _series("Cached input", [r["prompt_cached_tokens"] for r in found], "#c7d2fe"),
            _series("Output", [r["completion_tokens"] for r in found], "#f59e0b"),
        ],
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _series(label: str, values: list[Any], colour: str) -> dict[str, Any]:
    return {"label": label, "data": values, "backgroundColor": colour, "borderRadius": 3, "maxBarThickness": 28}


def _chart(days: list[date], datasets: Rows) -> str:
    return json.dumps({"labels": [f"{day.day} {day:%b}" for day in days], "datasets": datasets})


CHART_OPTIONS = json.dumps(
    {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "scales": {
            "x": {"stacked": True, "grid": {"display": False}, "ticks": {"color": "#9ca3af", "maxTicksLimit": 8}},
            "y": {"stacked": True, "beginAtZero": True, "ticks": {"color": "#9ca3af", "maxTicksLimit": 5}},
        },
        "plugins": {"legend": {"position": "bottom", "labels": {"boxWidth": 10, "color": "#9ca3af"}}},
    }
)
