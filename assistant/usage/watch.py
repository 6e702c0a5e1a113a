"""Look for costly patterns in today's model calls and raise alerts."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, QuerySet, Sum, Window
from django.db.models.functions import Lag
from django.utils import timezone

from assistant.usage import alerts, pricing
from assistant.usage.models import Alert, ModelCall


def look() -> None:
    """Check today's calls and raise alerts, each at most once per day and workspace."""
    today = timezone.now().date()
    replies = ModelCall.objects.filter(
        at__date=today, purpose=ModelCall.Purpose.REPLY, status=ModelCall.Status.DONE, workspace__isnull=False
    )
    _check_ratio(replies, today)
    _check_prefix_cache(replies, today)


def _check_ratio(calls: QuerySet[ModelCall], today: date) -> None:
    rows = (
        calls.order_by()
        .values("workspace")
        .annotate(count=Count("pk"), read=Sum("prompt_tokens"), written=Sum("completion_tokens"))
    )
    for row in rows.filter(count__gte=settings.ALERT_MIN_CALLS):
        ratio = row["read"] / max(row["written"], 1)
        if ratio >= settings.ALERT_TOKEN_RATIO:
            sentence = f"Today {ratio:.0f} input tokens per output token: prompts are long, or answers are cut off."
            _raise_alert(row["workspace"], Alert.Kind.RATIO, settings.ALERT_TOKEN_RATIO, sentence, today)


def _check_prefix_cache(calls: QuerySet[ModelCall], today: date) -> None:
    """Alert if no long prompt was cached that soon followed another one, with the same prefix, of its conversation."""
    before = Window(Lag("at"), partition_by="conversation_id", order_by="at")
    pause = ExpressionWrapper(F("at") - before, output_field=DurationField())
    warm = (
        calls.filter(counted_locally=False, prompt_tokens__gte=2 * settings.PREFIX_CACHE_MIN_TOKENS)
        .annotate(pause=pause)
        .filter(pause__lt=timedelta(seconds=settings.PREFIX_CACHE_TTL_S))
    )
    totals: dict[tuple[uuid.UUID, str], list[int]] = {}
    for workspace, model, cached in warm.order_by().values_list("workspace", "model", "prompt_cached_tokens"):
        totals.setdefault((workspace, model), []).append(cached)
    for (workspace, model), counts in totals.items():
        price = pricing.price_of(model)
        cheaper = price is not None and price.cached_input_usd < price.input_usd
        if cheaper and len(counts) >= settings.ALERT_MIN_CALLS and not any(counts):
            sentence = f"{model} received {len(counts)} repeated prompts today, but billed none as cached."
            _raise_alert(workspace, Alert.Kind.PREFIX_CACHE, 0, sentence, today, scope=model[:80])


def _raise_alert(workspace: uuid.UUID, kind: str, threshold: int, sentence: str, day: date, scope: str = "") -> None:
    alerts.tell_once(workspace, kind, threshold, sentence, starts_on=day, scope=scope)
