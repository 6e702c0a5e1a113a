"""Lists of articles and questions that somebody should look at."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from knowledge.models import Article, Gap


class Concern(SimpleListFilter):
    title = "needs care"
    parameter_name = "concern"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("past_review", "Past its review date"),
            ("edited", "Has edits that are not live"),
            ("unused", "Live, and no answer cites it"),
            ("disliked", "Answers that cite it are disliked"),
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
        return [("yes", "Yes: a draft begins with the answer"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Gap]) -> QuerySet[Gap]:
        if self.value() == "yes":
            return queryset.exclude(answers=[])
        return queryset.filter(answers=[]) if self.value() == "no" else queryset
