"""Labelled questions of a workspace: from staff, from files, and from liked answers."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from assistant.workspaces.models import Workspace
from caching.models import Verdict
from knowledge.models import Article
from knowledge.search.weights.models import LabelledQuestion

LABELS_MOST = 1_000  # of each kind, the newest
History = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Label:
    question: str
    history: History
    articles: frozenset[uuid.UUID]  # each of them answers it


def labels_of(workspace: Workspace) -> list[Label]:
    """Each question once, with all articles that some label names. What is archived or was deleted is no answer."""
    told: dict[str, Label] = {}
    for label in (*_stored(workspace), *_judged(workspace), *_liked(workspace)):
        key = key_of(label.question, label.history)
        before = told.get(key, label)
        told[key] = Label(before.question, before.history, before.articles | label.articles)
    named = {pk for label in told.values() for pk in label.articles}
    live = set(
        Article.objects.filter(workspace=workspace, pk__in=named, chunks__isnull=False).values_list("pk", flat=True)
    )
    kept = (Label(label.question, label.history, label.articles & live) for label in told.values())
    return [label for label in kept if label.articles]


def key_of(question: str, history: Iterable[Sequence[str]] = ()) -> str:
    said = [" ".join(question.casefold().split()), *([role, text] for role, text in history)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def add(article: Article, question: str, history: History = (), *, source: str, by: Any = None) -> bool:
    """Note that an article answers a question; False if that was known."""
    _, is_new = LabelledQuestion.objects.get_or_create(
        article=article,
        key=key_of(question, history),
        defaults={
            "workspace_id": article.workspace_id,
            "question": question.strip(),
            "history": list(history),
            "source": source,
            "by": by,
        },
    )
    return is_new


def take_back(article: Article, question: str, history: History = ()) -> bool:
    """Remove the label that an article answers a question. Returns False if there was none."""
    gone, _ = LabelledQuestion.objects.filter(article=article, key=key_of(question, history)).delete()
    return gone > 0


def said_of(workspace: Workspace, question: str, history: History = ()) -> dict[uuid.UUID, LabelledQuestion]:
    """The labels of this question, by article."""
    rows = LabelledQuestion.objects.filter(workspace=workspace, key=key_of(question, history))
    return {row.article_id: row for row in rows.select_related("by")}


def add_row(workspace: Workspace, row: dict[str, Any]) -> int:
    """Take `{question, gold: [article ids], history?}` as `manage.py evaluate search` does; return how many
    articles it names that the workspace has.

    Raises:
        KeyError: there is no question.
    """
    history = tuple((str(turn["role"]), str(turn["text"])) for turn in row.get("history") or ())
    gold = [str(each) for each in row.get("gold") or ()]
    own = Q(external_id__in=gold) | Q(pk__in=[each for each in map(_uuid, gold) if each])
    articles = list(Article.objects.filter(own, workspace=workspace))
    for article in articles:
        add(article, str(row["question"]), history, source=LabelledQuestion.Source.FILE)
    return len(articles)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _stored(workspace: Workspace) -> Iterator[Label]:
    for row in LabelledQuestion.objects.filter(workspace=workspace)[:LABELS_MOST]:
        yield Label(row.question, tuple((role, text) for role, text in row.history), frozenset({row.article_id}))


def _judged(workspace: Workspace) -> Iterator[Label]:
    """Questions for which a member of staff found an answer from the cache right: by the articles that it cites."""
    right = Verdict.objects.filter(entry__workspace=workspace, opinion=Verdict.Opinion.RIGHT, by__isnull=False)
    for asked, citations in right.exclude(asked="").values_list("asked", "entry__citations")[:LABELS_MOST]:
        yield Label(asked, (), cited_in(citations))


def _liked(workspace: Workspace) -> Iterator[Label]:
    liked: Callable[[uuid.UUID, int], Iterable[tuple[str, History, list[dict[str, Any]]]]]
    liked = import_string(settings.LIKED_ANSWERS)
    for question, history, citations in liked(workspace.pk, LABELS_MOST):
        yield Label(question, history, cited_in(citations))


def cited_in(citations: Iterable[dict[str, Any]]) -> frozenset[uuid.UUID]:
    """The articles of citations, without those that the sentence's source does not carry."""
    told = (each for each in citations if each.get("supported", True))
    return frozenset(pk for pk in (_uuid(str(each.get("article_id", ""))) for each in told) if pk)
