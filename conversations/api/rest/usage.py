"""REST view of usage, cost and savings."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.validation import validated
from assistant.usage import budgets, currency
from assistant.usage.models import Alert, Budget
from conversations.reporting import usage_report

DAYS = 30
ALERTS = 100  # the newest of the requested days


class UsageQuery(serializers.Serializer):
    first = serializers.DateField(required=False, help_text="First day (UTC). Default: 30 days ago.")
    last = serializers.DateField(required=False, help_text="Last day (UTC). Default: today.")
    group_by = serializers.CharField(
        max_length=60, default="day", help_text="Comma-separated list of: day, purpose, tier, engine, model."
    )

    def validate_group_by(self, given: str) -> list[str]:
        groups = list(dict.fromkeys(given.split(",")))
        if not set(groups) <= set(usage_report.GROUPS):
            raise serializers.ValidationError(f"Choose from: {', '.join(usage_report.GROUPS)}.")
        return groups

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        today = timezone.now().date()
        last = given.setdefault("last", today)
        first = given.setdefault("first", last - timedelta(days=min(DAYS, last.toordinal() - 1)))
        if first > last:
            raise serializers.ValidationError({"first": "The first day is after the last day."})
        return given


class UsageRow(serializers.Serializer):
    day = serializers.DateField(required=False)
    purpose = serializers.CharField(required=False)
    tier = serializers.CharField(required=False, allow_blank=True)
    engine = serializers.CharField(required=False)
    model = serializers.CharField(required=False, allow_blank=True)
    calls = serializers.IntegerField()
    failed = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField()
    prompt_cached_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    cost_usd = serializers.DecimalField(max_digits=20, decimal_places=8)
    tokens_ratio = serializers.FloatField(allow_null=True, help_text="Input tokens per output token.")
    ms_mean = serializers.FloatField()
    ms_p50 = serializers.FloatField()
    ms_p95 = serializers.FloatField()


def usd(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, **options)


class PerConversation(serializers.Serializer):
    """Averages over the conversations answered in this period."""

    conversations = serializers.IntegerField()
    replies = serializers.FloatField(allow_null=True)
    cost_usd = usd(allow_null=True)
    would_have_cost_usd = usd(allow_null=True)
    saved_usd = usd(allow_null=True)


class SavedByCause(serializers.Serializer):
    summary = usd(allow_null=True, help_text="Saved by shorter prompts.")
    cache = usd(allow_null=True, help_text="Saved by cached answers.")
    tier = usd(allow_null=True, help_text="Saved by a smaller model, or no model.")


class WhatIf(serializers.Serializer):
    """An estimate for planning, not a saving, for a workspace without a large model with a known price."""

    model = serializers.CharField()
    cost_usd = usd()


class CascadeTotals(serializers.Serializer):
    """The number of replies that the small model tried first, and of those that used its answer."""

    tried = serializers.IntegerField()
    accepted = serializers.IntegerField()


class VisionAvoided(serializers.Serializer):
    """Vision calls avoided because the text of a customer's picture was enough."""

    calls = serializers.IntegerField()
    tokens = serializers.IntegerField(help_text="Input tokens saved, less those of the text.")
    usd = usd(allow_null=True, help_text="null if no price is known.")


class ReplyTotals(serializers.Serializer):
    replies = serializers.IntegerField()
    sources = serializers.DictField(child=serializers.IntegerField())
    tiers = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Replies by the tier of the model that wrote them: large, saving (the small model) or none.",
    )
    cascade = CascadeTotals()
    cost_usd = usd()
    would_have_cost_usd = usd(allow_null=True, help_text="null if no large model with a known price is configured.")
    saved_usd = usd(allow_null=True)
    by_cause = SavedByCause()
    what_if = WhatIf(allow_null=True, help_text="What REFERENCE_MODEL would have cost. null if savings are known.")
    vision_avoided = VisionAvoided()
    per_conversation = PerConversation()
    per_resolved_conversation = PerConversation()


class BudgetNow(serializers.ModelSerializer):
    """A budget and its usage in the current day or month, including amounts reserved for calls in progress."""

    used_share = serializers.SerializerMethodField()
    rung = serializers.SerializerMethodField(
        help_text="0, 80, 90, 95 or 100. See docs/budgets.md for the effect of each."
    )

    class Meta:
        model = Budget
        fields = ("id", "widget", "period", "cap_usd", "cap_tokens", "enabled", "used_share", "rung")

    def get_used_share(self, budget: Budget) -> float:
        return budgets.status_of(budget).used_share

    def get_rung(self, budget: Budget) -> int:
        return budgets.status_of(budget).rung


class RaisedAlert(serializers.ModelSerializer):
    class Meta:
        model = Alert
        fields = ("kind", "scope", "starts_on", "threshold", "sentence", "at")


class ShownCurrency(serializers.Serializer):
    """The currency in which the admin shows this workspace's costs. All amounts here are US dollars."""

    code = serializers.CharField(help_text="USD if there is no exchange rate for the wanted currency.")
    wanted = serializers.CharField()
    per_usd = serializers.DecimalField(max_digits=18, decimal_places=8, allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)


class UsageReport(serializers.Serializer):
    """Model and embedding calls in groups, with the cost and savings of the replies in the same period."""

    first = serializers.DateField()
    last = serializers.DateField()
    results = UsageRow(many=True)
    totals = ReplyTotals()
    currency = ShownCurrency()
    budgets = BudgetNow(many=True)
    alerts = RaisedAlert(many=True)


class Usage(APIView):
    scopes = {"GET": "usage:read"}

    @extend_schema(operation_id="usage", parameters=[UsageQuery], responses=UsageReport)
    def get(self, request: Request) -> Response:
        """Get tokens, cost, savings and latency by day, purpose, tier, engine or model."""
        query = validated(UsageQuery, request.query_params)
        workspace, days = request.auth.workspace, (query["first"], query["last"])
        report = {
            "first": days[0],
            "last": days[1],
            "results": usage_report.calls_by(workspace, query["group_by"], *days),
            "totals": usage_report.replies_of(workspace, *days),
            "currency": currency.of(workspace),
            "budgets": Budget.objects.filter(workspace=workspace),
            "alerts": Alert.objects.filter(workspace=workspace, at__date__gte=days[0], at__date__lte=days[1])[:ALERTS],
        }
        return Response(UsageReport(report).data)
