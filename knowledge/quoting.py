"""The best sentences of the best passages: a reply that needs no model.

Units are compared by meaning and by the question's words. A table row comes with its header, steps are kept
whole, and below the threshold there is no quote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from channels.db import database_sync_to_async

from assistant import embeddings
from assistant.engines.base import EngineUnavailable
from knowledge.passages import Found, Passage
from knowledge.plain import plain
from knowledge.sentences import Unit, units
from knowledge.terms import terms

PASSAGES_READ = 3
UNITS_READ = 48
MAX_SENTENCES = 4
THRESHOLD = 0.30
GOES_ALONG_SHARE = 0.75  # a neighbouring sentence this good, against the best, is quoted with it
WORDS_WEIGHT = 0.25
PASSAGE_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an article, in Markdown, and the passage they stand in. `score` is 0 to 1."""

    text: str
    passage: Passage
    score: float = 0.0


def best_quote(
    question: str, found: Found, vector: np.ndarray | None, *, workspace_id: UUID | None = None
) -> Quote | None:
    """Return the sentences that answer best, or None where search declined or nothing is near enough.

    Without a vector, or with the embedder away, the question's words alone decide.
    """
    if found.declined or not found.passages:
        return None
    pool = [(p, unit) for p in found.passages[:PASSAGES_READ] for unit in units(p.text)][:UNITS_READ]
    if not pool:
        return None
    scores = _scores(question, pool, vector, workspace_id)
    best = int(np.argmax(scores))
    if scores[best] < THRESHOLD:
        return None
    return Quote(_with_neighbours(pool, scores, best), pool[best][0], float(scores[best]))


abest_quote = database_sync_to_async(best_quote, thread_sensitive=False)


def _scores(
    question: str, pool: Sequence[tuple[Passage, Unit]], vector: np.ndarray | None, workspace_id: UUID | None
) -> np.ndarray:
    words = _word_scores(question, pool)
    if vector is None:
        return words
    texts = [f"{p.title} > {unit.heading or p.heading_path}: {plain(unit.text)}" for p, unit in pool]
    try:
        vectors = embeddings.embed(texts, workspace_id=workspace_id, purpose="quote")
    except EngineUnavailable:
        return words
    top = max(p.score for p, _ in pool) or 1.0
    passage = np.array([p.score / top for p, _ in pool], dtype=np.float32)
    meaning = vectors @ vector
    return (1 - WORDS_WEIGHT) * meaning + WORDS_WEIGHT * words + PASSAGE_WEIGHT * (passage - 1)


def _word_scores(question: str, pool: Sequence[tuple[Passage, Unit]]) -> np.ndarray:
    """The share of the question's words in each unit with its headings; a word many units have counts less."""
    asked = set(terms(question, pool[0][0].locale))
    has = [asked & set(terms(f"{p.title} {p.heading_path} {plain(unit.text)}", p.locale)) for p, unit in pool]
    rarity = {word: 1 / (1 + sum(word in each for each in has)) for word in asked}
    whole = sum(rarity.values()) or 1.0
    return np.array([sum(rarity[word] for word in each) / whole for each in has], dtype=np.float32)


def _with_neighbours(pool: Sequence[tuple[Passage, Unit]], scores: np.ndarray, best: int) -> str:
    """The best unit, and the sentences around it in its paragraph that are nearly as good, in reading order."""
    passage, unit = pool[best]
    if not unit.is_sentence:
        return unit.text
    first = last = best
    while last - first + 1 < MAX_SENTENCES:
        around = [
            i
            for i in (first - 1, last + 1)
            if 0 <= i < len(pool)
            and pool[i][0] is passage
            and pool[i][1].block == unit.block
            and scores[i] >= GOES_ALONG_SHARE * scores[best]
        ]
        if not around:
            break
        chosen = max(around, key=lambda i: scores[i])
        first, last = min(first, chosen), max(last, chosen)
    return " ".join(u.text for _, u in pool[first : last + 1])
