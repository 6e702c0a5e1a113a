"""Past questions that an article answers, or would answer after the edit."""

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
_COMPARED = 2_000  # questions of each kind whose nearness is measured


@dataclass(frozen=True, slots=True)
class Question:
    """A question from the past. `why` says where it comes from, `answer` what was said then, if it is known."""

    question: str
    why: str  # cited, cached, gap or near
    history: tuple[tuple[str, str], ...] = ()
    locale: str = ""
    audience: str = PUBLIC
    answer: str = ""
    conversation: uuid.UUID | None = None


def questions_for(article: Article, prepared: Sequence[indexing.Prepared]) -> list[Question]:
    """Each question once, the surest first: at most REHEARSAL_QUESTIONS."""
    past: Callable[[Article, int], Iterable[Question]] = import_string(settings.PAST_QUESTIONS)
    most = settings.REHEARSAL_QUESTIONS
    found: dict[str, Question] = {}
    for source in (past(article, most), _cached(article, most), _near(article, prepared)):
        for asked in source:
            found.setdefault(" ".join(asked.question.casefold().split()), asked)
    return list(found.values())[:most]


def _cached(article: Article, most: int) -> list[Question]:
    entries = CachedAnswer.objects.servable().citing(article.workspace_id, [article.source_key])
    return [
        Question(entry.question, "cached", (), entry.locale, entry.audience, entry.answer)
        for entry in entries.order_by("-hits")[:most]
    ]


def _near(article: Article, prepared: Sequence[indexing.Prepared]) -> list[Question]:
    """Open questions and cached ones that lie near a passage that is new, nearest first."""
    fresh = [cut.vectors for cut in prepared if cut.vectors is not None]
    if not fresh:
        return []
    targets = np.concatenate(fresh)
    name = embeddings.embedder_name()
    gaps = Gap.objects.filter(workspace=article.workspace_id, embedder=name).exclude(status=Gap.Status.DISMISSED)
    wordings = Wording.objects.filter(entry__workspace=article.workspace_id, embedding__isnull=False).servable()
    found = [(Question(gap.question, "gap", (), gap.locale), gap.embedding) for gap in gaps[:_COMPARED]]
    found += [
        (Question(w.text, "near", (), w.entry.locale, w.entry.audience, w.entry.answer), w.embedding)
        for w in wordings.select_related("entry").order_by("-pk")[:_COMPARED]
    ]
    if not found:
        return []
    best = (np.array([embedding for _, embedding in found], dtype=np.float32) @ targets.T).max(axis=1)
    return [found[i][0] for i in np.argsort(-best) if best[i] >= NEAR_COSINE]
