"""Lists of articles that somebody should look at."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.http import HttpRequest

from knowledge.models import Article


class Concern(SimpleListFilter):
    title = "needs care"
    parameter_name = "concern"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("past_review", "Past its review date"), ("edited", "Has edits that are not live")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() == "past_review":
            return Article.objects.past_review().filter(pk__in=queryset)
        if self.value() == "edited":
            return queryset.filter(status=Article.Status.PUBLISHED).exclude(latest_revision=F("published_revision"))
        return queryset
