"""Preview the effect of publishing an article, by publishing it in a transaction that is rolled back.

Asks past customer questions before and after: those that cited the article, those whose cached answers depend on it,
and those near its new passages.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db import models, transaction
from django.db.models import BigIntegerField, F, Value

from assistant.llm import embeddings
from assistant.llm.engines.base import EngineUnavailable
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from caching import answers
from caching.models import CachedAnswer
from knowledge.articles import publishing
from knowledge.articles.past_questions import Question, questions_for
from knowledge.indexing import indexing
from knowledge.models import Article, IndexState, Revision
from knowledge.search import extractive_answers, search
from knowledge.search.types import Found, Query

HELD_S = 1.0  # maximum seconds at a time that other publications of the workspace have to wait


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer a customer would get: the quotation, or empty if the assistant would decline."""

    declined: bool
    text: str
    read: tuple[str, ...]  # the passages that a model would receive, best first
    cites: bool  # whether the article is among them


class Outcome(models.TextChoices):
    LOST = "lost", "No longer answered"
    GAINED = "gained", "Answered from now on"
    CHANGED = "changed", "Answered in other words"
    REREAD = "reread", "Same words, other passages beside them"
    SAME = "same", "The same answer"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One question, before and after."""

    asked: Question
    before: Reply
    after: Reply

    @property
    def outcome(self) -> Outcome:
        if self.before.declined != self.after.declined:
            return Outcome.LOST if self.after.declined else Outcome.GAINED
        if self.before.text != self.after.text:
            return Outcome.CHANGED
        return Outcome.SAME if self.before.read == self.after.read or self.after.declined else Outcome.REREAD


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The effect of publishing.

    `dropped` are the questions of cached answers to be removed, `waiting` of those to be refreshed.
    """

    questions: tuple[Replayed, ...]
    dropped_answers: int
    dropped: tuple[str, ...]
    waiting: tuple[str, ...]
    chunks: int
    new_chunks: int

    @property
    def changed(self) -> tuple[Replayed, ...]:
        return tuple(replayed for replayed in self.questions if replayed.outcome != Outcome.SAME)


def rehearse(article: Article, *, title: str | None = None, body: str | None = None) -> Rehearsal:
    """Publish the newest revision or the given text, and roll back. Stores nothing except usage.

    Raises:
        Conflict: the text cannot be published.
    """
    article = Article.objects.select_related("workspace", "latest_revision", "published_revision").get(pk=article.pk)
    text = Revision(
        article=article, title=article.title if title is None else title, body=article.body if body is None else body
    )
    prepared = publishing.prepare(article, text).prepared()
    questions = questions_for(article, prepared)
    vectors = _vectors(article.workspace, questions)
    before = [_reply_to(article, each, vector) for each, vector in zip(questions, vectors, strict=True)]
    after, swapped = _replies_after(article, text, prepared, questions, vectors)
    dropped_answers, dropped, to_recheck = _cache_changes(article, swapped)
    order = list(Outcome)
    replayed = [Replayed(*each) for each in zip(questions, before, after, strict=True)]
    return Rehearsal(
        questions=tuple(sorted(replayed, key=lambda each: order.index(each.outcome))),
        dropped_answers=dropped_answers,
        dropped=dropped,
        waiting=to_recheck,
        chunks=len(prepared),
        new_chunks=swapped.new_chunks,
    )


def _replies_after(
    article: Article,
    text: Revision,
    prepared: Sequence[indexing.Prepared],
    questions: Sequence[Question],
    vectors: Sequence[np.ndarray | None],
) -> tuple[list[Reply], indexing.Swapped]:
    """Return the answers to the questions with the text in the index, and the change of the index.

    Holds the workspace's index lock for at most HELD_S at a time, because other publications wait for it. Locks no rows
    of customers.
    """
    after: list[Reply] = []
    while True:
        with transaction.atomic():
            swapped = _swapped(article, text, prepared)
            until = time.monotonic() + HELD_S
            for each, vector in list(zip(questions, vectors, strict=True))[len(after) :]:
                after.append(_reply_to(article, each, vector))
                if time.monotonic() > until:
                    break
            transaction.set_rollback(True)
        if len(after) == len(questions):
            return after, swapped


def _swapped(article: Article, text: Revision, prepared: Sequence[indexing.Prepared]) -> indexing.Swapped:
    """Put the text into the index, as a revision with a number that no editor will reach."""
    number = 2**30 + secrets.randbelow(2**30)
    revision = Revision.objects.create(article=article, number=number, title=text.title, body=text.body)
    swapped = indexing.replace_chunks(article, revision, prepared)
    _own_version(article)
    return swapped


def _own_version(article: Article) -> None:
    """Set an index version that never occurs outside this transaction, because caches are keyed by the version."""
    rows = IndexState.objects.filter(workspace=article.workspace_id, locale=article.locale)
    later = Value(2**40 + secrets.randbelow(2**40), BigIntegerField())  # Django takes a bare number for a small one
    rows.update(version=F("version") + later)


# --- answers to past questions ---


def _vectors(workspace: Workspace, questions: Sequence[Question]) -> list[np.ndarray | None]:
    texts = [
        search.search_text(each.question, each.history, locale=each.locale or workspace.locale) for each in questions
    ]
    try:
        return list(embeddings.embed(texts, workspace_id=workspace.pk, purpose=ModelCall.Purpose.SEARCH))
    except EngineUnavailable:
        return [None] * len(texts)


def _reply_to(article: Article, question: Question, vector: np.ndarray | None) -> Reply:
    workspace = article.workspace
    query = Query(
        question.question,
        question.history,
        question.locale or workspace.locale,
        question.audience,
        settings.PASSAGES_MAX,
    )
    result: Found = search.passages_for(workspace, query, vector)
    declined = result.declined or not result.passages
    quotes = extractive_answers.best_quotes(result.searched_text, result, vector, workspace_id=workspace.pk)
    return Reply(
        declined=declined,
        text="\n\n".join(quote.text for quote in quotes),
        read=() if declined else tuple(passage.text for passage in result.passages),
        cites=not declined and any(passage.article_id == article.pk for passage in result.passages),
    )


# --- cached answers that would be removed ---


def _cache_changes(article: Article, swapped: indexing.Swapped) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Return the number of cached answers to be invalidated, their questions, and those of answers to be rechecked.

    Invalidates them in a transaction that is rolled back at once, because customers may be using them.
    """
    live = list(CachedAnswer.objects.servable().filter(workspace=article.workspace_id).values_list("pk", flat=True))
    with transaction.atomic():
        if article.published_revision_id is None:
            answers.forget_near(article.workspace_id, swapped.new_vectors)
        count = answers.forget_citing(article.workspace_id, [article.source_key], unchanged=swapped.unchanged)
        dropped, to_recheck = _no_longer_live(live)
        transaction.set_rollback(True)
    return count, dropped, to_recheck


def _no_longer_live(live: Sequence[uuid.UUID]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the questions of the answers that are no longer live: removed ones, and those to be rechecked."""
    now = CachedAnswer.objects.filter(pk__in=live).exclude(state=CachedAnswer.State.LIVE).order_by("-hits")
    rows = list(now.values_list("state", "question"))
    dropped = tuple(question for state, question in rows if state == CachedAnswer.State.STALE)
    return dropped, tuple(question for state, question in rows if state == CachedAnswer.State.RECHECK)
