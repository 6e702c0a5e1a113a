"""The Files tab of the article editor. Each response is the updated list."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistant.errors import ServiceError
from assistant.staff import permissions
from assistant.staff.permissions import Role
from knowledge.articles.files import store
from knowledge.models import Article


def files_page(model_admin: Any) -> Callable[..., HttpResponse]:
    """GET shows the list; POST adds `file`, or deletes the file with the id in `delete`."""

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        article: Article = model_admin.row_or_404(request, str(pk))
        if request.method != "POST":
            return render(request, "admin/knowledge/article/files.html", files_of(request, article))
        model_admin.require(request, Role.CURATOR, article)
        error = ""
        try:
            _change(request, article)
        except ServiceError as refused:
            error = refused.sentence
        return render(request, "admin/knowledge/article/files.html", {**files_of(request, article), "error": error})

    return view


def _change(request: HttpRequest, article: Article) -> None:
    if "delete" in request.POST:
        doomed = [kept.pk for kept in article.files.all() if str(kept.pk) == request.POST["delete"]]
        store.remove(article.files.filter(pk__in=doomed))
    elif isinstance(file := request.FILES.get("file"), UploadedFile):
        store.add(article, file)


def files_of(request: HttpRequest, article: Article) -> dict[str, Any]:
    return {
        "row": article,
        "files": article.files.all(),
        "may_add_files": permissions.may(request.user, Role.CURATOR, article.workspace_id),
        "file_suffixes": store.SUFFIXES,
    }
