"""Data retention in the staff admin: the periods of a workspace, a dry run, and reports of what was deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from assistant.retention import purge, tasks
from assistant.retention.models import PurgeRun, RetentionPeriods
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from assistant.workspaces.models import Workspace

REPORTS_SHOWN = 10


def try_it(request: HttpRequest, periods: RetentionPeriods) -> str:
    run = purge.run_one(periods.workspace, dry_run=True, by=request.user)
    if not run.total:
        return "Nothing is old enough to be deleted. Nothing was changed."
    found = ", ".join(f"{count:,} {name.lower()}" for name, count in run.lines)
    return f"With the saved periods this would be deleted now: {found}. Nothing was changed."


def delete_now(request: HttpRequest, periods: RetentionPeriods) -> str:
    tasks.purge_workspace.delay(str(periods.workspace_id), request.user.pk)
    return "Old data is being deleted. The report appears below when it is done."


@admin.register(RetentionPeriods)
class RetentionPeriodsAdmin(WorkspaceBound):
    """Opening the list creates missing rows with the defaults, which also apply to workspaces without a row."""

    view_role = change_role = Role.ADMIN
    list_display = ("workspace", "conversations_days", "attachments_days", "contacts_days", "traces_days", "last_run")
    list_select_related = ("workspace",)
    readonly_fields = ("workspace",)
    fieldsets = (
        (
            None,
            {
                "fields": ("workspace",),
                "description": "After how many days data of this workspace is deleted. Leave a field empty to keep it. "
                "Old data is deleted every hour, in small steps, and can't be brought back.",
            },
        ),
        ("Customers", {"fields": ("conversations_days", "attachments_days", "contacts_days", "open_questions_days")}),
        ("Records", {"fields": ("traces_days", "deliveries_days", "cache_days")}),
    )
    compressed_fields = False
    admin_actions = {
        "try": AdminAction("Count what would be deleted", "search", Role.ADMIN, try_it),
        "purge": AdminAction("Delete old data now", "delete_sweep", Role.ADMIN, delete_now, variant="danger"),
    }
    change_form_after_template = "admin/retention/reports.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        ids = permissions.workspace_ids(request.user, Role.ADMIN)
        missing = Workspace.objects.filter(pk__in=ids, retention=None)
        RetentionPeriods.objects.bulk_create(
            [RetentionPeriods(workspace=each) for each in missing], ignore_conflicts=True
        )
        return super().changelist_view(request, extra_context)

    def page_context(self, request: HttpRequest, row: RetentionPeriods) -> dict[str, Any]:
        return {"reports": row.workspace.purge_runs.select_related("by")[:REPORTS_SHOWN]}

    @display(description="Last report")
    def last_run(self, periods: RetentionPeriods) -> str:
        run = periods.workspace.purge_runs.filter(dry_run=False).first()
        return f"{run.total:,} deleted" if run else "–"


@admin.register(PurgeRun)
class PurgeRunAdmin(WorkspaceBound):
    empty_text = "A report appears here whenever old data was deleted."
    view_role = Role.ADMIN
    list_display = ("started", "workspace", "kind", "shown_total", "is_complete", "by")
    list_filter = ("workspace", "dry_run")
    fields = readonly_fields = ("workspace", "kind", "shown_counts", "by", "started_at", "finished_at", "is_complete")

    started = moment("started_at", "Started")

    @display(description="Kind")
    def kind(self, run: PurgeRun) -> str:
        return "Dry run" if run.dry_run else "Deleted"

    @display(description="Rows")
    def shown_total(self, run: PurgeRun) -> str:
        return f"{run.total:,}"

    @display(description="Counts")
    def shown_counts(self, run: PurgeRun) -> str:
        return ", ".join(f"{name}: {count:,}" for name, count in run.lines) or "Nothing"
