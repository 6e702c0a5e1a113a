"""The pages beside the forms of test sets: importing a file, and the report of a run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from assistant.errors import ServiceError
from assistant.llm import prompts
from assistant.staff import permissions
from assistant.staff.permissions import Role
from conversations.test_sets import comparison, importing
from conversations.test_sets.comparison import Change, Compared
from conversations.test_sets.from_conversations import Taken
from conversations.test_sets.importing import Imported
from conversations.test_sets.models import Run, TestSet

View = Callable[..., HttpResponse]
ROWS_SHOWN = 300
LINES_NAMED = 10
FILTERS: dict[str, tuple[str, Callable[[Compared], bool]]] = {
    "": ("All", lambda row: True),
    "changed": ("Changed", lambda row: row.change != Change.SAME),
    "wrong": ("Wrong or declined", lambda row: not row.result.right),
}


def import_page(model_admin: Any) -> View:
    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        test_set: TestSet = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.CURATOR, test_set)
        shown: dict[str, Any] = {"title": f"Import cases into “{test_set}”", "test_set": test_set}
        if request.method == "POST":
            try:
                messages.success(request, _told(_imported(request, test_set)))
                return redirect("admin:test_sets_testset_change", test_set.pk)
            except ServiceError as error:
                shown |= {"error": error, "problems": error.details.get("problems", ())}
        context = {**model_admin.admin_site.each_context(request), **shown, "content_title": shown["title"]}
        return render(request, "admin/test_sets/testset/import.html", context)

    return view


def _imported(request: HttpRequest, test_set: TestSet) -> Imported:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise importing.TestFileRefused("Choose a file.")
    return importing.import_file(test_set, file.name or "", file.read(), permissions.member(request))


def _told(imported: Imported) -> str:
    told = f"Cases added: {imported.added}."
    if imported.known:
        told += f" {imported.known} already existed."
    if imported.personal:
        lines = ", ".join(map(str, imported.personal[:LINES_NAMED]))
        more = " and more" if len(imported.personal) > LINES_NAMED else ""
        told += f" These lines may contain personal data: {lines}{more}. Please check them."
    return told


def caution(taken: Taken) -> str:
    """What to check in a case that was created from a conversation."""
    said = "This case comes from a customer's message and is deleted when the customer is erased."
    if taken.replaced:
        said += f" Removed: {', '.join(taken.replaced)}."
    if taken.left_out:
        said += f" Left out: {taken.left_out} earlier message(s) with personal data."
    return f"{said} Check that nothing identifies the customer, then check the kind and the expected articles."


def progress_page(model_admin: Any) -> View:
    """How far a run has come, as a fragment: the page asks for it until the run is finished."""

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        row = model_admin.row_or_404(request, str(pk))
        if not model_admin.has_view_permission(request, row):
            raise PermissionDenied
        return render(request, "admin/test_sets/run/report.html", report_of(row))

    return view


def report_of(run: Run, show: str = "") -> dict[str, Any]:
    """The rows of a finished run; of one under way the figures alone, which are asked for all the time."""
    shown = {"row": run, "low_high": run.interval}
    if not run.is_finished:
        return shown
    before = comparison.run_before(run)
    rows = comparison.compared(run, before)
    chosen = show if show in FILTERS else ""
    matching = [row for row in rows if FILTERS[chosen][1](row)]
    return shown | {
        "before": before,
        "changes": comparison.counted(rows),
        "filters": [(name, label, sum(map(keep, rows)), name == chosen) for name, (label, keep) in FILTERS.items()],
        "rows": list(islice(matching, ROWS_SHOWN)),
        "more": max(0, len(matching) - ROWS_SHOWN),
        "made_otherwise": is_made_otherwise(run),
    }


def is_made_otherwise(run: Run | None) -> bool:
    """Whether the prompt or the models have changed since."""
    if run is None:
        return False
    return run.release != prompts.release(run.test_set.workspace, run.guidance.content if run.guidance else None)
