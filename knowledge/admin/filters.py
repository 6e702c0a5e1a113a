"""Filters for articles and open questions that need attention."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from knowledge.models import Article, Gap


class Concern(SimpleListFilter):
    title = "needs attention"
    parameter_name = "concern"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("past_review", "Past its review date"),
            ("edited", "Unpublished edits"),
            ("unused", "Live but never cited"),
            ("disliked", "Cited in disliked answers"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        lists = {
            "past_review": Article.objects.past_review,
            "unused": Article.objects.unused,
            "disliked": Article.objects.disliked,
            "edited": Article.objects.edited,
        }
        chosen = lists.get(self.value() or "")
        return chosen().filter(pk__in=queryset) if chosen else queryset


class Answered(SimpleListFilter):
    title = "answered by a person"
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes (used for the draft)"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Gap]) -> QuerySet[Gap]:
        if self.value() == "yes":
            return queryset.exclude(answers=[])
        return queryset.filter(answers=[]) if self.value() == "no" else queryset
