"""Past questions that an article answers, or would answer after an edit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string

from assistant.llm import embeddings
from caching.models import CachedAnswer, Wording
from knowledge.indexing import indexing
from knowledge.models import Article, Gap
from knowledge.search.types import PUBLIC

NEAR_COSINE = 0.5
_COMPARED = 2_000  # questions of each kind to compare by vector


@dataclass(frozen=True, slots=True)
class Question:
    """A past question. `why` is its origin, `answer` the answer given at the time, if known."""

    question: str
    why: str  # cited, cached, gap or near
    history: tuple[tuple[str, str], ...] = ()
    locale: str = ""
    audience: str = PUBLIC
    answer: str = ""
    conversation: uuid.UUID | None = None


def questions_for(article: Article, prepared: Sequence[indexing.Prepared]) -> list[Question]:
    """Return each question once, the most relevant first: at most REHEARSAL_QUESTIONS."""
    past: Callable[[Article, int], Iterable[Question]] = import_string(settings.PAST_QUESTIONS)
    most = settings.REHEARSAL_QUESTIONS
    questions: dict[str, Question] = {}
    for source in (past(article, most), _cached(article, most), _near(article, prepared)):
        for question in source:
            questions.setdefault(" ".join(question.question.casefold().split()), question)
    return list(questions.values())[:most]


def _cached(article: Article, most: int) -> list[Question]:
    entries = CachedAnswer.objects.servable().citing(article.workspace_id, [article.source_key])
    return [
        Question(entry.question, "cached", (), entry.locale, entry.audience, entry.answer)
        for entry in entries.order_by("-hits")[:most]
    ]


def _near(article: Article, prepared: Sequence[indexing.Prepared]) -> list[Question]:
    """Return open and cached questions near a new passage, nearest first."""
    fresh = [cut.vectors for cut in prepared if cut.vectors is not None]
    if not fresh:
        return []
    targets = np.concatenate(fresh)
    name = embeddings.embedder_name()
    gaps = Gap.objects.filter(workspace=article.workspace_id, embedder=name).exclude(status=Gap.Status.DISMISSED)
    wordings = Wording.objects.filter(entry__workspace=article.workspace_id, embedding__isnull=False).servable()
    candidates = [(Question(gap.question, "gap", (), gap.locale), gap.embedding) for gap in gaps[:_COMPARED]]
    candidates += [
        (Question(w.text, "near", (), w.entry.locale, w.entry.audience, w.entry.answer), w.embedding)
        for w in wordings.select_related("entry").order_by("-pk")[:_COMPARED]
    ]
    if not candidates:
        return []
    best = (np.array([embedding for _, embedding in candidates], dtype=np.float32) @ targets.T).max(axis=1)
    return [candidates[i][0] for i in np.argsort(-best) if best[i] >= NEAR_COSINE]
