"""The best sentences of the best passages: a reply that needs no model.

Sentences are compared by meaning, with the vectors that indexing stored, and by the question's words. A table
row comes with its header, steps are kept whole, and below the threshold there is no quote.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from channels.db import database_sync_to_async
from pgvector import HalfVector
from pgvector.django import CosineDistance

from assistant import embeddings
from knowledge.models import Sentence
from knowledge.passages import Found, Passage
from knowledge.plain import plain
from knowledge.sentences import Unit, units
from knowledge.terms import looks_like_identifier, measures, terms
from knowledge.vocabulary import MEASURE_WEIGHT

PASSAGES_READ = 4
MAX_SENTENCES = 4
PARAGRAPH_WHOLE_WORDS = 90  # a paragraph up to this size, and up to MAX_SENTENCES, is quoted whole
THRESHOLD = 0.25
GOES_ALONG_SHARE = 0.75  # a neighbouring sentence this good, against the best, is quoted with it
WORDS_WEIGHT = 0.3
IDENTIFIER_WEIGHT = 3.0  # against a word: the row of E5 answers "E5", not that of E6
PASSAGE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an article, in Markdown, and the passage they stand in. `score` is 0 to 1."""

    text: str
    passage: Passage
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sentence, with the passage it stands in and, where both are known, its cosine to the question."""

    passage: Passage
    chunk_id: int
    unit: Unit
    cosine: float | None


def best_quote(
    question: str, found: Found, vector: np.ndarray | None, *, workspace_id: UUID | None = None
) -> Quote | None:
    """Return the sentences that answer best, or None where search declined or nothing is near enough.

    With a `workspace_id` only its own sentences are read, whatever the passages claim. Without a vector, or where
    the passages have none, the question's words alone decide.
    """
    if found.declined or not found.passages:
        return None
    pool = _pool(found.passages[:PASSAGES_READ], vector, workspace_id)
    if not pool:
        return None
    scores = _scores(question, pool)
    best = int(np.argmax(scores))
    if scores[best] < THRESHOLD:
        return None
    return Quote(_with_neighbours(pool, scores, best), pool[best].passage, min(1.0, float(scores[best])))


abest_quote = database_sync_to_async(best_quote, thread_sensitive=False)


def _pool(passages: Sequence[Passage], vector: np.ndarray | None, workspace_id: UUID | None) -> list[_Piece]:
    if vector is None:
        return [_Piece(p, p.chunk_id, unit, None) for p in passages for unit in units(p.text)]
    by_chunk = {pk: passage for passage in passages for pk in passage.chunk_ids}
    name = embeddings.embedder_name()
    rows = Sentence.objects.filter(chunk_id__in=by_chunk, chunk__embedder=name).defer("embedding")
    rows = rows.annotate(distance=CosineDistance("embedding", HalfVector(vector)))
    if workspace_id:
        rows = rows.filter(chunk__workspace_id=workspace_id)
    stored = [
        _Piece(
            by_chunk[row.chunk_id],
            row.chunk_id,
            Unit(row.text, row.heading, row.block, row.goes_on),
            1.0 - float(row.distance),
        )
        for row in rows
    ]
    return stored or _pool(passages, None, workspace_id)


def _scores(question: str, pool: Sequence[_Piece]) -> np.ndarray:
    """Meaning and words of the sentence, less what its passage falls behind the best one."""
    words = _word_scores(question, pool)
    meaning = np.array([words[i] if p.cosine is None else p.cosine for i, p in enumerate(pool)], dtype=np.float32)
    top = max(p.passage.score for p in pool) or 1.0
    behind = np.array([1 - p.passage.score / top for p in pool], dtype=np.float32)
    return (1 - WORDS_WEIGHT) * meaning + WORDS_WEIGHT * words - PASSAGE_WEIGHT * behind


def _word_scores(question: str, pool: Sequence[_Piece]) -> np.ndarray:
    """The share of the question's words in each sentence with its headings; a common word counts less."""
    asked = set(terms(question, pool[0].passage.locale))
    has = [asked & set(terms(_in_context(piece), piece.passage.locale)) for piece in pool]
    light = measures(question, pool[0].passage.locale)
    rarity = {word: _weight(word, light) / (1 + sum(word in each for each in has)) ** 0.5 for word in asked}
    whole = sum(rarity.values()) or 1.0
    return np.array([sum(rarity[word] for word in each) / whole for each in has], dtype=np.float32)


def _weight(word: str, light: Collection[str]) -> float:
    if looks_like_identifier(word):
        return IDENTIFIER_WEIGHT
    return MEASURE_WEIGHT if word in light else 1.0


def _in_context(piece: _Piece) -> str:
    return f"{piece.passage.title} {piece.passage.heading_path} {piece.unit.heading} {plain(piece.unit.text)}"


def _with_neighbours(pool: Sequence[_Piece], scores: np.ndarray, best: int) -> str:
    """The best sentence in its paragraph, or with those around it that are nearly as good, in reading order.

    A sentence that ends in a colon brings the list or table it introduces.
    """
    if not pool[best].unit.is_sentence:
        return pool[best].unit.text
    around = [i for i, piece in enumerate(pool) if _go_together(piece, pool[best])]
    words = sum(len(pool[i].unit.text.split()) for i in around)
    if len(around) <= MAX_SENTENCES and words <= PARAGRAPH_WHOLE_WORDS:
        first, last = around[0], around[-1]
    else:
        first, last = _widened(around, scores, best)
    said = " ".join(piece.unit.text for piece in pool[first : last + 1])
    if said.endswith(":") and last + 1 < len(pool) and pool[last + 1].chunk_id == pool[best].chunk_id:
        said = f"{said}\n\n{pool[last + 1].unit.text.removeprefix(pool[last].unit.text).strip()}"
    return said


def _widened(around: Sequence[int], scores: np.ndarray, best: int) -> tuple[int, int]:
    """The first and the last sentence to quote of a long paragraph."""
    first = last = best
    while last - first + 1 < MAX_SENTENCES:
        good = [i for i in (first - 1, last + 1) if i in around and scores[i] >= GOES_ALONG_SHARE * scores[best]]
        if not good:
            break
        chosen = max(good, key=lambda i: scores[i])
        first, last = min(first, chosen), max(last, chosen)
    return first, last


def _go_together(one: _Piece, other: _Piece) -> bool:
    return one.chunk_id == other.chunk_id and one.unit.block == other.unit.block
