"""Open questions in the staff admin, grouped by meaning, with a button that starts a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role, member
from knowledge.admin.filters import Answered
from knowledge.gaps import drafting
from knowledge.models import Gap


def begin_draft(request: HttpRequest, gap: Gap) -> HttpResponse:
    article = drafting.draft_from(gap, member(request))
    return redirect("admin:knowledge_article_change", article.pk)


def dismiss(request: HttpRequest, gap: Gap) -> str:
    if not drafting.dismiss(gap):
        return "Not dismissed: a colleague has already started a draft."
    return "Dismissed. It comes back if customers keep asking."


def is_open(gap: Gap) -> bool:
    return gap.status == Gap.Status.OPEN


@admin.register(Gap)
class GapAdmin(WorkspaceBound):
    empty_text = "Questions that no article answers appear here."
    list_display = ("question", "count", "answered", "shown_status", "asked", "draft_button")
    list_filter = ("workspace", "status", Answered, "locale")
    search_fields = ("question",)
    fields = ("question", "count", "status", "article", "first_asked_at", "last_asked_at")
    readonly_fields = fields
    change_form_after_template = "admin/knowledge/gap/examples.html"
    list_before_template = "admin/knowledge/gap/about.html"
    admin_actions = {
        "draft": AdminAction("Start a draft", "edit_note", Role.CURATOR, begin_draft, is_open, "primary"),
        "dismiss": AdminAction("Dismiss", "close", Role.CURATOR, dismiss, is_open),
    }

    def page_context(self, request: HttpRequest, row: Gap) -> dict[str, Any]:
        """List each wording once, with the conversations that contain it."""
        wordings: dict[str, list[str]] = {}
        for example in row.examples:
            seen = wordings.setdefault(example["question"], [])
            if conversation := example.get("conversation"):
                seen.append(conversation)
        return {"wordings": wordings}

    asked = moment("last_asked_at", "Last asked")

    @display(description="Status", ordering="status", label={"Open": "warning", "Draft written": "success"})
    def shown_status(self, gap: Gap) -> str:
        return str(gap.get_status_display())

    @display(description="Answered by staff", label={"Yes": "success"})
    def answered(self, gap: Gap) -> str | None:
        return "Yes" if gap.answers else None

    @display(description="")
    def draft_button(self, gap: Gap) -> str:
        if gap.article_id:
            return format_html(
                '<a href="{}">Open draft</a>', reverse("admin:knowledge_article_change", args=[gap.article_id])
            )
        return format_html(
            '<button class="b-link" type="submit" formaction="{}" formmethod="post">Start a draft</button>',
            reverse("admin:knowledge_gap_admin_action", args=[gap.pk, "draft"]),
        )
