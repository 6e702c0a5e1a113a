"""The audit log in the staff admin, with filters by who, what and when, and exports."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from assistant.audit import log
from assistant.audit.models import Event
from assistant.audit.pseudonyms import pseudonyms
from assistant.staff.base_admin import WorkspaceBound
from assistant.staff.permissions import Role

COLUMNS = (
    *("id", "at", "actor", "actor_id", "workspace_id", "action", "object_type", "object_id", "subject", "detail"),
    *("ip", "request_id"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run the cell as a formula


@admin.register(Event)
class EventAdmin(WorkspaceBound):
    """Read-only. Only superusers see entries without a workspace, such as logins."""

    empty_text = "What staff and API keys do appears here: logins, changes, who looked at a conversation."
    view_role = Role.ADMIN
    list_display = ("at", "actor", "shown_action", "shown_object", "workspace", "ip")
    list_display_links = ("at", "shown_action")
    list_filter = ("workspace", "actor", "action", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("workspace",)
    search_fields = ("actor", "action", "=object_id", "=subject", "=request_id", "detail")
    search_help_text = "Search by name, action, request id, or the id of a customer or conversation"
    fields = readonly_fields = (
        *("at", "actor", "action", "workspace", "object_type", "object_id", "subject", "shown_detail", "ip"),
        "request_id",
    )
    show_full_result_count = False
    list_before_template = "admin/audit/export.html"

    @display(description="What", ordering="action")
    def shown_action(self, event: Event) -> str:
        return event.action.replace("_", " ")

    @display(description="Of what")
    def shown_object(self, event: Event) -> str:
        name = event.detail.get("name") if isinstance(event.detail, dict) else None
        kind = kind_of(event)
        return f"{kind}: {name}" if name else f"{kind} {event.object_id[:8]}".strip() or "–"

    @display(description="Details")
    def shown_detail(self, event: Event) -> str:
        return json.dumps(event.detail, ensure_ascii=False, indent=1) if event.detail else "–"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Audit log", **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Also find entries by the id of a customer or conversation, which are stored under a pseudonym."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        try:
            names = pseudonyms(uuid.UUID(search_term.strip()))
        except ValueError:
            return found, duplicates
        return found | queryset.filter(Q(object_id__in=names) | Q(subject__in=names)), duplicates

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/<slug:kind>/", view, name="audit_event_export"), *super().get_urls()]

    def export(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Return the entries that the list shows with the same filters, newest first, as a file."""
        if kind not in WRITERS or not self.has_view_permission(request):
            raise Http404
        events = self.get_changelist_instance(request).get_queryset(request).values(*COLUMNS)
        content_type, write = WRITERS[kind]
        response = HttpResponse(write(events[: settings.AUDIT_EXPORT_MAX_ROWS]), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="audit.{kind}"'
        log.note("audit.exported", request=request, filters=sorted(request.GET))
        return response


def kind_of(event: Event) -> str:
    """Return the admin's name for this kind of object; the stored name if its app no longer exists."""
    try:
        return str(apps.get_model(event.object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return event.object_type


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow(COLUMNS)
    written.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_jsonl(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


WRITERS = {"csv": ("text/csv; charset=utf-8", as_csv), "jsonl": ("application/x-ndjson", as_jsonl)}
