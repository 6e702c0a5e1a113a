"""Door: what the models cost and saved."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations import spending

DAYS = 30


class UsageQuery(serializers.Serializer):
    first = serializers.DateField(required=False, help_text="The first day, UTC; 30 days ago where it is left out.")
    last = serializers.DateField(required=False, help_text="The last day, UTC; today where it is left out.")
    group_by = serializers.CharField(
        max_length=60, default="day", help_text="Any of day, purpose, tier, engine, model, with commas between."
    )

    def validate_group_by(self, given: str) -> list[str]:
        groups = list(dict.fromkeys(given.split(",")))
        if not set(groups) <= set(spending.GROUPS):
            raise serializers.ValidationError(f"Choose from: {', '.join(spending.GROUPS)}.")
        return groups

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        today = timezone.now().date()
        last = given.setdefault("last", today)
        first = given.setdefault("first", last - timedelta(days=min(DAYS, last.toordinal() - 1)))
        if first > last:
            raise serializers.ValidationError({"first": "It is after the last day."})
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
    ms_mean = serializers.FloatField()
    ms_p50 = serializers.FloatField()
    ms_p95 = serializers.FloatField()


class ReplyTotals(serializers.Serializer):
    replies = serializers.IntegerField()
    sources = serializers.DictField(child=serializers.IntegerField())
    cost_usd = serializers.DecimalField(max_digits=20, decimal_places=6)
    would_have_cost_usd = serializers.DecimalField(max_digits=20, decimal_places=6)
    saved_usd = serializers.DecimalField(max_digits=20, decimal_places=6)


class UsageReport(serializers.Serializer):
    """Model and embedding calls in groups, and what the replies of the same days cost and saved."""

    first = serializers.DateField()
    last = serializers.DateField()
    results = UsageRow(many=True)
    totals = ReplyTotals()


class Usage(APIView):
    scopes = {"GET": "usage:read"}

    @extend_schema(operation_id="usage", parameters=[UsageQuery], responses=UsageReport)
    def get(self, request: Request) -> Response:
        """Tokens, cost, savings and latency, by day, purpose, tier, engine or model."""
        asked = UsageQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        workspace, days = request.auth.workspace, (given["first"], given["last"])
        report = {
            "first": days[0],
            "last": days[1],
            "results": spending.calls_by(workspace, given["group_by"], *days),
            "totals": spending.replies_of(workspace, *days),
        }
        return Response(UsageReport(report).data)
