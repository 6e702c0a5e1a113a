"""The pages beside the list of versions: editing a draft, the preview, and running a test set with a version."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render

from assistant.errors import ServiceError
from assistant.guidance import versions
from assistant.guidance.content import Content
from assistant.guidance.errors import GuidanceConflict
from assistant.guidance.models import Guidance
from assistant.staff import permissions
from assistant.staff.permissions import Role
from assistant.workspaces.models import Workspace
from conversations.guidance import preview, tasks
from conversations.guidance.forms import DraftForms, PreviewForm
from conversations.test_sets import lifecycle
from conversations.test_sets.models import TestSet

View = Callable[..., HttpResponse]


def add_page(model_admin: Any) -> View:
    """Which workspace the guidance is for; with one there is nothing to choose."""

    def view(request: HttpRequest) -> HttpResponse:
        ids = permissions.workspace_ids(request.user, Role.CURATOR)
        if not ids:
            raise PermissionDenied
        if len(ids) == 1:
            return redirect("admin:guidance_guidance_edit", ids[0])
        workspaces = Workspace.objects.filter(pk__in=ids)
        return _page(model_admin, request, "choose", "Edit the guidance of a workspace", workspaces=workspaces)

    return view


def edit_page(model_admin: Any) -> View:
    """The form of the next draft, which begins with the draft, with what is live, or with the version in `from`."""

    def view(request: HttpRequest, workspace: uuid.UUID) -> HttpResponse:
        edited = get_object_or_404(Workspace, pk=workspace, pk__in=permissions.workspace_ids(request.user))
        model_admin.require(request, Role.CURATOR, edited)
        newest = versions.newest_of(edited)
        start = _start(edited, request.GET.get("from", ""))
        content = start.content if start else Content()
        forms = DraftForms(content, request.POST or None, seen=newest.pk if newest else None)
        shown: dict[str, Any] = {"workspace": edited, "forms": forms, "start": start}
        if request.method == "POST" and forms.is_valid():
            try:
                saved = _saved(request, edited, forms)
                model_admin.log_change(request, saved, "Saved as the draft.")
                messages.success(request, f"Version {saved.number} is the draft. Customers still get the live version.")
                return redirect("admin:guidance_guidance_change", saved.pk)
            except GuidanceConflict as conflict:
                shown |= {"conflict": conflict, "newest": versions.newest_of(edited)}
        return _page(model_admin, request, "edit", f"Guidance of {edited}", **shown)

    return view


def _start(workspace: Workspace, number: str) -> Guidance | None:
    all_versions = Guidance.objects.filter(workspace=workspace)
    if number:
        return get_object_or_404(all_versions, number=number if number.isdecimal() else 0)
    return all_versions.drafts().first() or all_versions.live().first()


def _saved(request: HttpRequest, workspace: Workspace, forms: DraftForms) -> Guidance:
    """After a conflict the page names the version that it has shown, so that saving again is on purpose."""
    given = forms.form.cleaned_data
    seen = request.POST.get("seen_after_conflict") or given["seen"]
    try:
        seen = uuid.UUID(str(seen)) if seen else None
    except ValueError as error:
        raise Http404 from error
    by = permissions.member(request)
    return versions.save_draft(workspace, forms.content, seen=seen, by=by, comment=given["comment"])


def preview_page(model_admin: Any) -> View:
    """Ask a few questions under a version and under what is live."""

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        version: Guidance = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.CURATOR, version)
        form = PreviewForm(request.POST or None, suggested=preview.suggested(version.workspace))
        if request.method == "POST" and form.is_valid():
            started = preview.start(version, form.questions)
            tasks.carry_on.delay(str(started))
            return redirect("admin:guidance_guidance_previewed", version.pk, started)
        return _page(
            model_admin, request, "preview", f"Preview of version {version.number}", version=version, form=form
        )

    return view


def previewed_page(model_admin: Any) -> View:
    """What came of a preview; with `fragment` that alone, which the page asks for until all is answered."""

    def view(request: HttpRequest, pk: uuid.UUID, preview_id: uuid.UUID) -> HttpResponse:
        version: Guidance = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.CURATOR, version)
        asked = preview.load(preview_id)
        if asked is None or asked["version"] != str(version.pk):
            messages.warning(request, "This preview is no longer kept. Start another one.")
            return redirect("admin:guidance_guidance_preview", version.pk)
        if "fragment" in request.GET:
            return render(request, "admin/guidance/guidance/answers.html", {"preview": asked})
        title = f"Preview of version {version.number}"
        return _page(model_admin, request, "previewed", title, version=version, preview=asked)

    return view


def test_page(model_admin: Any) -> View:
    """Have a test set run with a version."""

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version: Guidance = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.CURATOR, version)
        chosen = TestSet.objects.filter(workspace=version.workspace_id, pk=_uuid(request.POST.get("test_set", "")))
        try:
            run = lifecycle.start(get_object_or_404(chosen), permissions.member(request), version)
        except ServiceError as error:
            messages.error(request, error.sentence)
            return redirect("admin:guidance_guidance_change", version.pk)
        return redirect("admin:test_sets_run_change", run.pk)

    return view


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def _page(model_admin: Any, request: HttpRequest, name: str, title: str, **shown: Any) -> HttpResponse:
    context = {**model_admin.admin_site.each_context(request), "title": title, "content_title": title, **shown}
    return render(request, f"admin/guidance/guidance/{name}.html", context)
