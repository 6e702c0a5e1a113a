"""Guidance in the staff admin: every version with its author, what changed, going live and going back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import truncatechars
from django.urls import URLPattern, path
from unfold.decorators import display

from assistant.guidance import versions
from assistant.guidance.content import Content
from assistant.guidance.models import Guidance
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from conversations.guidance import comparison, pages
from conversations.test_sets import offers

STATES = {"Live": "success", "Draft": "warning", "Old": ""}
Status = Guidance.Status
COMMENT_SHOWN_CHARS = 60


def go_live(request: HttpRequest, version: Guidance) -> str:
    versions.go_live(version, permissions.member(request))
    _log(request, version, "Went live.")
    return f"Version {version.number} is live. The next message is answered under it."


def roll_back(request: HttpRequest, version: Guidance) -> str:
    again = versions.roll_back(version, permissions.member(request))
    _log(request, again, f"Went live, with the texts of version {version.number}.")
    return f"Version {again.number} is live, with the texts of version {version.number}."


def _log(request: HttpRequest, version: Guidance, what: str) -> None:
    admin.site.get_model_admin(Guidance).log_change(request, version, what)


@admin.register(Guidance)
class GuidanceAdmin(WorkspaceBound):
    """Nothing is changed here: whoever edits a version saves another."""

    empty_text = "Guidance says who the assistant is, how it writes, and what it leaves to people."
    add_role = Role.CURATOR
    list_display = ("shown_number", "workspace", "state", "author", "created", "shown_comment")
    list_filter = ("workspace", "status")
    list_select_related = ("workspace", "author")
    fields = (("shown_number", "state"), ("author", "created_at"), ("published_by", "published_at"), "comment")
    readonly_fields = ("shown_number", "state", "author", "created_at", "published_by", "published_at", "comment")
    change_form_after_template = "admin/guidance/guidance/version.html"
    admin_actions = {
        "go_live": AdminAction(
            "Go live", "publish", Role.ADMIN, go_live, lambda row: row.status == Status.DRAFT, "primary"
        ),
        "roll_back": AdminAction(
            "Go back to this version", "undo", Role.ADMIN, roll_back, lambda row: row.status == Status.OLD
        ),
    }

    created = moment("created_at", "Saved")

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "guidance_guidance"
        own = [
            path("edit/<uuid:workspace>/", wrap(pages.edit_page(self)), name=f"{name}_edit"),
            path("<uuid:pk>/preview/", wrap(pages.preview_page(self)), name=f"{name}_preview"),
            path("<uuid:pk>/preview/<uuid:preview_id>/", wrap(pages.previewed_page(self)), name=f"{name}_previewed"),
            path("<uuid:pk>/test/", wrap(pages.test_page(self)), name=f"{name}_test"),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return pages.add_page(self)(request)

    @display(description="Version", ordering="number")
    def shown_number(self, row: Guidance) -> str:
        return str(row)

    @display(description="State", ordering="status", label=STATES)
    def state(self, row: Guidance) -> str:
        return str(row.get_status_display())

    @display(description="Comment", ordering="comment")
    def shown_comment(self, row: Guidance) -> str:
        return truncatechars(row.comment, COMMENT_SHOWN_CHARS) or "–"

    def page_context(self, request: HttpRequest, row: Guidance) -> dict[str, Any]:
        """What the version says, and what it changed in comparison with another."""
        others = Guidance.objects.filter(workspace=row.workspace).exclude(pk=row.pk)
        other = _compared_with(row, request.GET.get("against", ""))
        before = other.content if other else Content()
        return {
            "title": f"Guidance of {row.workspace}: version {row.number}",
            "others": others,
            "other": other,
            "differences": comparison.side_by_side(before, row.content),
            "texts": comparison.as_texts(row.content),
            "may_edit": self._may(request, Role.CURATOR, row),
            "test_sets": offers.before_a_change(row.workspace_id),
        }


def _compared_with(row: Guidance, number: str) -> Guidance | None:
    """The version that was asked for; else what is live for a draft, and the version before for any other."""
    others = Guidance.objects.filter(workspace=row.workspace).exclude(pk=row.pk)
    if number.isdecimal() and (chosen := others.filter(number=number).first()):
        return chosen
    live = others.live().first() if row.status == Status.DRAFT else None
    return live or others.filter(number__lt=row.number).first()
