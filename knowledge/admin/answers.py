"""The “This answers it” button: label an article as the answer to a question, or remove the label."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST

from assistant.staff import permissions
from assistant.staff.permissions import Role
from assistant.workspaces.models import Workspace
from knowledge.admin.forms import AnswersForm
from knowledge.models import Article
from knowledge.search.playground import Trial
from knowledge.search.types import Passage
from knowledge.search.weights import labels
from knowledge.search.weights.models import LabelledQuestion


@dataclass(frozen=True, slots=True)
class LabelledPassage:
    """A passage, and the label that marks its article as an answer to the question."""

    passage: Passage
    label: LabelledQuestion | None


def answers_page(model_admin: Any) -> Callable[..., HttpResponse]:
    """POST `question` and `answers` (on or empty) for an article. The response is the updated button.

    The request states the result instead of toggling it, so sending it twice is safe.
    """

    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        article: Article = model_admin.row_or_404(request, str(pk))
        model_admin.require(request, Role.CURATOR, article)
        form = AnswersForm(request.POST)
        if not form.is_valid():
            return HttpResponseBadRequest()
        question = form.cleaned_data["question"]
        _note(model_admin, request, article, question, form.cleaned_data["answers"])
        label = labels.said_of(article.workspace, question).get(article.pk)
        context = {"article_id": article.pk, "label": label, "may_label": True}
        return render(request, "admin/knowledge/article/answers.html", context)

    return require_POST(view)


@transaction.atomic
def _note(model_admin: Any, request: HttpRequest, article: Article, question: str, answers: bool) -> None:
    """Store or delete the label and log who did it, because a deleted label leaves no other trace."""
    if not answers:
        if labels.take_back(article, question):
            model_admin.log_change(request, article, f"Removed the label for “{question}”.")
    elif labels.add(article, question, source=LabelledQuestion.Source.STAFF, by=permissions.member(request)):
        model_admin.log_change(request, article, f"Labelled as the answer to “{question}”.")


def labels_context(request: HttpRequest, workspace: Workspace, trial: Trial, beside: Article | None) -> dict[str, Any]:
    """Return the labels for the trial page, per passage, and for the edited article if search missed it."""
    labels_by_article = labels.said_of(workspace, trial.question)
    passages = [LabelledPassage(passage, labels_by_article.get(passage.article_id)) for passage in trial.found.passages]
    missing = beside if beside and beside.pk not in {each.passage.article_id for each in passages} else None
    return {
        "passages": passages,
        "missing": missing,
        "missing_label": labels_by_article.get(missing.pk) if missing else None,
        "may_label": permissions.may(request.user, Role.CURATOR, workspace.pk),
    }
