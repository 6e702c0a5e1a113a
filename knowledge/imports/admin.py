"""Imports in the staff admin: start one from files or a URL, watch it, and read its report."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from unfold.decorators import display

from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.staff.workspace_choice import workspace_choice
from assistant.workspaces.models import Workspace
from knowledge.imports import jobs, reports
from knowledge.imports.folder import READERS
from knowledge.imports.models import Import

ROWS_SHOWN = 300
COLOURS = {"Done": "success", "Failed": "danger", "Running": "info", "Waiting": "warning"}


class OrderForm(forms.Form):
    """Files or a URL, in a workspace that the staff member may write to."""

    url = forms.URLField(required=False, assume_scheme="https")
    publish = forms.BooleanField(required=False)
    dry_run = forms.BooleanField(required=False)

    def __init__(self, *args: Any, workspaces: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workspace"] = workspace_choice(workspaces)


def import_for_real(request: HttpRequest, tried: Import) -> HttpResponse:
    ordered = jobs.repeat(tried, by=permissions.member(request))
    return redirect("admin:imports_import_change", ordered.pk)


@admin.register(Import)
class ImportAdmin(WorkspaceBound):
    empty_text = "Import articles from files, a website or another help center."
    add_role = Role.CURATOR
    list_display = ("name", "shown_status", "outcome", "workspace", "by", "ordered")
    list_filter = ("workspace", "status")
    list_select_related = ("workspace", "by")
    search_fields = ("name",)
    fields = ("name", ("workspace", "by"), ("publish", "dry_run"))
    readonly_fields = ("name", "workspace", "by", "publish", "dry_run")
    change_form_after_template = "admin/imports/import/progress.html"
    admin_actions = {
        "repeat": AdminAction(
            "Import now",
            "upload",
            Role.CURATOR,
            import_for_real,
            lambda row: row.dry_run and row.status == Import.Status.DONE and bool(row.url or row.content is not None),
            "primary",
        )
    }

    class Media:
        js = ("imports/progress.js",)

    ordered = moment("created_at", "Started")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:pk>/progress/", wrap(self.progress_view), name="imports_import_progress"),
            path("<uuid:pk>/report.csv", wrap(self.report_view), name="imports_import_report"),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("seen", "pages")

    @display(description="State", ordering="status", label=COLOURS)
    def shown_status(self, row: Import) -> str:
        return str(row.get_status_display())

    @display(description="Outcome")
    def outcome(self, row: Import) -> str:
        summary = ", ".join(f"{count} {name}" for name, count in row.counts.items() if count)
        return (summary or row.why_failed or "–") + (" (dry run)" if row.dry_run else "")

    def page_context(self, request: HttpRequest, row: Import) -> dict[str, Any]:
        return progress_of(row)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        workspaces = Workspace.objects.filter(pk__in=permissions.workspace_ids(request.user, Role.CURATOR))
        form = OrderForm(request.POST or None, workspaces=workspaces, initial={"dry_run": True})
        if form.is_bound and form.is_valid() and (ordered := order(request, form)):
            return redirect("admin:imports_import_change", ordered.pk)
        title = "Import articles"
        context = {"form": form, "title": title, "content_title": title, "endings": ",".join([*READERS, ".zip"])}
        return render(request, "admin/imports/import/order.html", {**self.admin_site.each_context(request), **context})

    def progress_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        return render(request, "admin/imports/import/report.html", progress_of(self.row_or_404(request, str(pk))))

    def report_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        row = self.row_or_404(request, str(pk))
        answer = HttpResponse(reports.as_csv(row), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="import-{row.pk}.csv"'
        return answer


def order(request: HttpRequest, form: OrderForm) -> Import | None:
    """Return the import, or None with the error in the form."""
    data = form.cleaned_data
    files = [(file.name or "", file.read()) for file in request.FILES.getlist("files")]
    try:
        return jobs.order(files=files, by=permissions.member(request), **data)
    except ServiceError as error:
        form.add_error(None, error.sentence)
        return None


def progress_of(row: Import) -> dict[str, Any]:
    rows = list(islice(reports.rows(row), ROWS_SHOWN))
    done = sum(row.counts.values())
    return {"row": row, "rows": rows, "taken": done, "more": max(0, done - ROWS_SHOWN)}
