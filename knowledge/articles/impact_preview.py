"""Preview the effect of publishing an article, by publishing it in a transaction that is rolled back.

Questions that customers asked are asked again, before and after: those that cited the article, those whose
cached answers rest on it, and those that lie near its new passages.
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

HELD_S = 1.0  # so long at a time the workspace's index is kept from other publications


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer a customer would get: the quotation, empty if the assistant would decline."""

    declined: bool
    text: str
    read: tuple[str, ...]  # the passages a model would be given, best first
    cites: bool  # the article is among them


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
    """What would happen. `dropped` are the questions of the cached answers that would go, `waiting` of those
    that would wait for a fresh answer."""

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
    """Publish the newest revision, or the text that is given, and take it back. Nothing is stored but the metering.

    Raises:
        Conflict: what there is cannot be published.
    """
    article = Article.objects.select_related("workspace", "latest_revision", "published_revision").get(pk=article.pk)
    text = Revision(
        article=article, title=article.title if title is None else title, body=article.body if body is None else body
    )
    prepared = publishing.prepare(article, text).prepared()
    asked = questions_for(article, prepared)
    vectors = _vectors(article.workspace, asked)
    before = [_told(article, each, vector) for each, vector in zip(asked, vectors, strict=True)]
    after, swapped = _told_after(article, text, prepared, asked, vectors)
    dropped_answers, dropped, waiting = _lost(article, swapped)
    order = list(Outcome)
    replayed = [Replayed(*each) for each in zip(asked, before, after, strict=True)]
    return Rehearsal(
        questions=tuple(sorted(replayed, key=lambda each: order.index(each.outcome))),
        dropped_answers=dropped_answers,
        dropped=dropped,
        waiting=waiting,
        chunks=len(prepared),
        new_chunks=swapped.new_chunks,
    )


def _told_after(
    article: Article,
    text: Revision,
    prepared: Sequence[indexing.Prepared],
    asked: Sequence[Question],
    vectors: Sequence[np.ndarray | None],
) -> tuple[list[Reply], indexing.Swapped]:
    """What the questions would be answered with the text in the index, and how the index would change.

    Other publications of the workspace wait for the index, so it is let go after HELD_S and taken again. No row of
    customers is touched.
    """
    after: list[Reply] = []
    while True:
        with transaction.atomic():
            swapped = _swapped(article, text, prepared)
            until = time.monotonic() + HELD_S
            for each, vector in list(zip(asked, vectors, strict=True))[len(after) :]:
                after.append(_told(article, each, vector))
                if time.monotonic() > until:
                    break
            transaction.set_rollback(True)
        if len(after) == len(asked):
            return after, swapped


def _swapped(article: Article, text: Revision, prepared: Sequence[indexing.Prepared]) -> indexing.Swapped:
    """Put the text into the index, as a revision with a number that no editor is about to give."""
    number = 2**30 + secrets.randbelow(2**30)
    revision = Revision.objects.create(article=article, number=number, title=text.title, body=text.body)
    swapped = indexing.replace_chunks(article, revision, prepared)
    _own_version(article)
    return swapped


def _own_version(article: Article) -> None:
    """Give the index of this transaction a version that it will never have: some remember words by the version."""
    rows = IndexState.objects.filter(workspace=article.workspace_id, locale=article.locale)
    later = Value(2**40 + secrets.randbelow(2**40), BigIntegerField())  # Django takes a bare number for a small one
    rows.update(version=F("version") + later)


# --- asking ---


def _vectors(workspace: Workspace, asked: Sequence[Question]) -> list[np.ndarray | None]:
    texts = [search.search_text(each.question, each.history, locale=each.locale or workspace.locale) for each in asked]
    try:
        return list(embeddings.embed(texts, workspace_id=workspace.pk, purpose=ModelCall.Purpose.SEARCH))
    except EngineUnavailable:
        return [None] * len(texts)


def _told(article: Article, asked: Question, vector: np.ndarray | None) -> Reply:
    workspace = article.workspace
    query = Query(
        asked.question, asked.history, asked.locale or workspace.locale, asked.audience, settings.PASSAGES_MAX
    )
    found: Found = search.passages_for(workspace, query, vector)
    declined = found.declined or not found.passages
    quotes = extractive_answers.best_quotes(found.searched_text, found, vector, workspace_id=workspace.pk)
    return Reply(
        declined=declined,
        text="\n\n".join(quote.text for quote in quotes),
        read=() if declined else tuple(passage.text for passage in found.passages),
        cites=not declined and any(passage.article_id == article.pk for passage in found.passages),
    )


# --- what the cache would lose ---


def _lost(article: Article, swapped: indexing.Swapped) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """How many cached answers would be dropped, their questions, and those of the answers that would wait.

    Found out by dropping them in a transaction that is undone at once: customers may be asking for them.
    """
    live = list(CachedAnswer.objects.servable().filter(workspace=article.workspace_id).values_list("pk", flat=True))
    with transaction.atomic():
        if article.published_revision_id is None:
            answers.forget_near(article.workspace_id, swapped.new_vectors)
        count = answers.forget_citing(article.workspace_id, [article.source_key], unchanged=swapped.unchanged)
        dropped, waiting = _gone(live)
        transaction.set_rollback(True)
    return count, dropped, waiting


def _gone(live: Sequence[uuid.UUID]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The questions of the answers that were live and are not now: those dropped, and those that wait."""
    now = CachedAnswer.objects.filter(pk__in=live).exclude(state=CachedAnswer.State.LIVE).order_by("-hits")
    rows = list(now.values_list("state", "question"))
    dropped = tuple(question for state, question in rows if state == CachedAnswer.State.STALE)
    return dropped, tuple(question for state, question in rows if state == CachedAnswer.State.RECHECK)
