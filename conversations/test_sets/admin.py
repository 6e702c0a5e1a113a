"""Test sets in the staff admin: cases typed, imported and taken from conversations; runs ordered, watched, compared."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from conversations.models import Message
from conversations.test_sets import cases, lifecycle, pages
from conversations.test_sets.forms import CaseForm, SetForm
from conversations.test_sets.from_conversations import case_from
from conversations.test_sets.models import Case, Run, TestSet

STATES = {"Done": "success", "Failed": "danger", "Running": "info", "Queued": "warning", "Cancelled": ""}
RUNS_SHOWN = 20


def run(request: HttpRequest, test_set: TestSet) -> HttpResponse:
    return redirect("admin:test_sets_run_change", _started(request, test_set).pk)


def _started(request: HttpRequest, test_set: TestSet, guidance: Any = None) -> Run:
    return lifecycle.start(test_set, permissions.member(request), guidance)


def run_again(request: HttpRequest, done: Run) -> HttpResponse:
    return redirect("admin:test_sets_run_change", _started(request, done.test_set, done.guidance).pk)


def cancel(request: HttpRequest, ordered: Run) -> str:
    if not lifecycle.cancel(ordered):
        return "The run had already finished."
    return "Cancelled. Results so far are kept."


@admin.register(TestSet)
class TestSetAdmin(WorkspaceBound):
    empty_text = "A test set is a list of questions with expected answers. Run it to see the effect of a change."
    form = SetForm
    add_role = change_role = delete_role = Role.CURATOR
    list_display = ("name", "case_count", "last_run", "workspace", "made")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("name",)
    fields = (("name", "workspace"),)
    change_form_after_template = "admin/test_sets/testset/about.html"
    admin_actions = {
        "run": AdminAction("Run", "play_arrow", Role.CURATOR, run, lambda row: row.cases.exists(), "primary"),
    }

    made = moment("created_at", "Created")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("<uuid:pk>/import/", wrap(pages.import_page(self)), name="test_sets_testset_import")]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TestSet]:
        return super().get_queryset(request).annotate(size=Count("cases"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its cases name articles of its workspace: a set does not move."""
        return ("workspace",) if obj else ()

    @display(description="Cases", ordering="size")
    def case_count(self, row: Any) -> int:
        return int(row.size)

    @display(description="Last run")
    def last_run(self, row: TestSet) -> str:
        newest = row.runs.first()
        if newest is None:
            return "–"
        return (
            f"{newest.share:.0%} right"
            if newest.state == Run.State.DONE and newest.done
            else newest.get_state_display()
        )

    def page_context(self, request: HttpRequest, row: TestSet) -> dict[str, Any]:
        kinds = row.cases.order_by().values_list("kind").annotate(count=Count("pk")).order_by("-count")
        return {
            "kinds": [(Case.Kind(kind).label, count) for kind, count in kinds],
            "runs": row.runs.select_related("by", "guidance")[:RUNS_SHOWN],
            "may_change": self.has_change_permission(request, row),
            "made_otherwise": pages.is_made_otherwise(row.runs.done().first()),
        }

    def response_add(self, request: HttpRequest, obj: TestSet, post_url_continue: str | None = None) -> HttpResponse:
        """Its cases come next."""
        return redirect("admin:test_sets_testset_change", obj.pk)


@admin.register(Case)
class CaseAdmin(WorkspaceBound):
    empty_text = "Cases of your test sets appear here."
    form = CaseForm
    workspace_field = "test_set__workspace"
    add_role = change_role = delete_role = Role.CURATOR
    list_display = ("shown_message", "kind", "right", "shown_source", "test_set")
    list_filter = (("test_set", admin.RelatedOnlyFieldListFilter), "kind", "source")
    list_select_related = ("test_set",)
    search_fields = ("message", "answer")
    ordering = ("test_set", "number")
    fieldsets = (
        (None, {"fields": (("test_set", "kind"), "message", "history")}),
        ("Expected result", {"fields": ("articles", "answer", "answer_2", ("expect", "lang"))}),
    )
    change_form_before_template = "admin/test_sets/case/about.html"

    def workspace_id_of(self, row: Case) -> Any:
        return row.test_set.workspace_id

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.take))
        own = [path("take/<uuid:conversation>/<uuid:message>/", view, name="test_sets_case_take")]
        return [*own, *super().get_urls()]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "test_set":
            kwargs["queryset"] = self._sets_for(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _sets_for(self, request: HttpRequest) -> QuerySet[TestSet]:
        """Those that the member may write for; of a case that is there, those of its workspace."""
        sets = TestSet.objects.filter(workspace__in=permissions.workspace_ids(request.user, Role.CURATOR))
        object_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if object_id and (case := self.get_object(request, object_id)):
            return sets.filter(workspace=case.test_set.workspace_id)
        return sets

    def save_model(self, request: HttpRequest, obj: Case, form: Any, change: bool) -> None:
        if change and "test_set" not in form.changed_data:
            super().save_model(request, obj, form, change)
            return
        cases.place(obj, by=None if change else permissions.member(request))

    @display(description="Message", ordering="message")
    def shown_message(self, case: Case) -> str:
        text = " ".join(case.message.split())
        return text[:120] + ("…" if len(text) > 120 else "")

    @display(description="Expected articles")
    def right(self, case: Case) -> str:
        return ", ".join(case.articles) or "–"

    @display(description="Source", ordering="source")
    def shown_source(self, case: Case) -> str:
        return str(case.get_source_display())

    def take(self, request: HttpRequest, conversation: uuid.UUID, message: uuid.UUID) -> HttpResponse:
        """Make a case from what a customer said, and open it to be completed."""
        back = reverse("admin:conversations_conversation_change", args=[conversation])
        allowed = permissions.workspace_ids(request.user, Role.CURATOR)
        found = Message.objects.select_related("conversation__contact", "conversation__workspace").filter(
            conversation=conversation, conversation__workspace__in=allowed
        )
        try:
            taken = case_from(get_object_or_404(found, pk=message), permissions.member(request))
        except ServiceError as error:
            messages.error(request, error.sentence)
            return redirect(back)
        messages.warning(request, pages.caution(taken))
        return redirect("admin:test_sets_case_change", taken.case.pk)


@admin.register(Run)
class RunAdmin(WorkspaceBound):
    empty_text = "Open a test set and click “Run” to start one."
    workspace_field = "test_set__workspace"
    delete_role = Role.CURATOR
    list_display = ("shown_set", "shown_state", "score", "by", "ordered")
    list_filter = (("test_set", admin.RelatedOnlyFieldListFilter), "state")
    list_select_related = ("test_set", "by", "guidance")
    fields = (("set_link", "made_with"), ("by", "created_at"))
    readonly_fields = ("set_link", "made_with", "by", "created_at")
    change_form_after_template = "admin/test_sets/run/progress.html"
    admin_actions = {
        "cancel": AdminAction("Cancel", "stop", Role.CURATOR, cancel, lambda row: not row.is_finished),
        "again": AdminAction("Run again", "replay", Role.CURATOR, run_again, lambda row: row.is_finished, "primary"),
    }

    class Media:
        js = ("imports/progress.js",)

    ordered = moment("created_at", "Started")

    def workspace_id_of(self, row: Run) -> Any:
        return row.test_set.workspace_id

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(pages.progress_page(self))
        return [path("<uuid:pk>/progress/", view, name="test_sets_run_progress"), *super().get_urls()]

    @display(description="Test set", ordering="test_set__name")
    def shown_set(self, row: Run) -> str:
        return row.test_set.name

    @display(description="Test set")
    def set_link(self, row: Run) -> str:
        address = reverse("admin:test_sets_testset_change", args=[row.test_set_id])
        return format_html('<a class="b-link" href="{}">{}</a>', address, row.test_set)

    @display(description="Answered by")
    def made_with(self, row: Run) -> str:
        model = row.model or "Quotations (no large model)"
        return f"{model}, guidance version {row.guidance.number}" if row.guidance else model

    @display(description="State", ordering="state", label=STATES)
    def shown_state(self, row: Run) -> str:
        return str(row.get_state_display())

    @display(description="Right")
    def score(self, row: Run) -> str:
        return "–" if row.share is None else f"{row.share:.0%} ({row.right} of {row.done})"

    def page_context(self, request: HttpRequest, row: Run) -> dict[str, Any]:
        return {"title": row.test_set.name, **pages.report_of(row, request.GET.get("show", ""))}
