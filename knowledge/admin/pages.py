"""Pages next to an article's form: preview, try a question, check before publishing, revisions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.permissions import Role
from assistant.workspaces.models import Workspace
from knowledge.admin.answers import labels_context
from knowledge.admin.forms import TryForm, as_stored
from knowledge.articles import alt_text
from knowledge.articles.impact_preview import rehearse
from knowledge.articles.rendering import as_html
from knowledge.articles.revisions import differences, restore
from knowledge.models import Article, Revision
from knowledge.search.playground import try_question

View = Callable[..., HttpResponse]


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The text as readers see it, and below it descriptions for pictures that have none."""
    body = request.POST.get("body", "")
    suggestions = alt_text.suggestions(body)
    beside = render_to_string("admin/knowledge/article/alts.html", {"suggestions": suggestions}) if suggestions else ""
    return HttpResponse(as_html(body) + beside)


def try_page(model_admin: Any) -> View:
    """Try a question on the published articles; with `fragment`, return only the result."""

    def view(request: HttpRequest) -> HttpResponse:
        workspaces = Workspace.objects.filter(pk__in=permissions.workspace_ids(request.user))
        if not workspaces:
            raise Http404
        form = TryForm(request.GET if "q" in request.GET else None, workspaces=workspaces)
        shown: dict[str, Any] = {"form": form, "title": "Try a question"}
        if form.is_bound and form.is_valid():
            data = form.cleaned_data
            trial = try_question(data["workspace"], data["q"], audience=data["audience"])
            beside = _beside(model_admin, request, data["workspace"])
            shown |= {"trial": trial, **labels_context(request, data["workspace"], trial, beside)}
        if "fragment" in request.GET:
            return render(request, "admin/knowledge/article/trial.html", shown)
        page = {**model_admin.admin_site.each_context(request), **shown, "content_title": shown["title"]}
        return render(request, "admin/knowledge/article/try.html", page)

    return view


def _beside(model_admin: Any, request: HttpRequest, workspace: Workspace) -> Article | None:
    """Return the article in whose editor the question is tried, if any."""
    article: Article | None = model_admin.get_object(request, request.GET.get("article", ""))
    return article if article and article.workspace_id == workspace.pk else None


def check_page(model_admin: Any) -> View:
    """Show what publishing the text in the editor would change, as a fragment for the side pane."""

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        article: Article = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.CURATOR, article)
        body, title = request.POST.get("body"), request.POST.get("title")
        try:
            body = None if body is None else as_stored(body)
            shown: dict[str, Any] = {"rehearsal": rehearse(article, title=title, body=body)}
        except ServiceError as error:
            shown = {"error": error.sentence}
        return render(request, "admin/knowledge/article/check.html", shown)

    return require_POST(view)


def revisions_page(model_admin: Any) -> View:
    """List all revisions, and compare one with its predecessor or the published one. POST restores one."""

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        article: Article = model_admin.row_or_404(request, str(pk))
        if request.method == "POST":
            model_admin.require(request, Role.CURATOR, article)
            chosen = get_object_or_404(article.revisions, number=request.POST.get("number"))
            restore(article, chosen, permissions.member(request))
            messages.success(
                request, f"Revision {chosen.number} restored as draft. The published version is unchanged."
            )
            return HttpResponseRedirect("../change/")
        context = _compared(article, request.GET.get("number"))
        may_restore = permissions.may(request.user, Role.CURATOR, article.workspace_id)
        shown = {**model_admin.admin_site.each_context(request), **context, "may_restore": may_restore}
        return render(request, "admin/knowledge/article/revisions.html", shown)

    return view


def _compared(article: Article, number: str | None) -> dict[str, Any]:
    revisions = list(article.revisions.select_related("author").order_by("-number"))
    if not revisions:
        raise Http404
    chosen = next((r for r in revisions if str(r.number) == number), revisions[0])
    before = next((r for r in revisions if r.number < chosen.number), None)
    return {
        "article": article,
        "title": f"History of “{article.title}”",
        "content_title": f"History of “{article.title}”",
        "revisions": revisions,
        "chosen": chosen,
        "before": before,
        "lines": differences(_whole(before), _whole(chosen)),
    }


def _whole(revision: Revision | None) -> str:
    return f"# {revision.title}\n\n{revision.body}" if revision else ""
