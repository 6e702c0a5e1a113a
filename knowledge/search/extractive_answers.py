"""Quote the best parts of the best passages: a reply without a model.

Sentences are compared by meaning, with the stored vectors, and by the question's words. The quote is the part of the
passage around the best sentence. Below the threshold nothing is quoted; if two articles are nearly equally likely to
answer, both are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from channels.db import database_sync_to_async
from pgvector import HalfVector
from pgvector.django import CosineDistance

from assistant.llm import embeddings
from knowledge.indexing.markdown_text import plain
from knowledge.indexing.quotable_units import Unit, units
from knowledge.models import Sentence
from knowledge.search.excerpts import excerpt
from knowledge.search.query_terms import MEASURE_WEIGHT
from knowledge.search.types import Found, Passage
from language.tokenizing import looks_like_identifier, measures, terms

PASSAGES_READ = 4
MAX_WORDS = 120  # per quotation; a list of steps is never split
MOST_QUOTES = 2
THRESHOLD = 0.25
SECOND_SHARE = 0.75  # minimum share of the best score at which another article is quoted too
WORDS_WEIGHT = 0.3
IDENTIFIER_WEIGHT = 3.0  # relative to a word: the row of E5 answers "E5", not the row of E6
PASSAGE_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation from an article, in Markdown, and its passage. `score` is 0 to 1."""

    text: str
    passage: Passage
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence with its passage and, if available, its cosine to the question."""

    passage: Passage
    chunk_id: int
    unit: Unit
    cosine: float | None


def best_quotes(
    question: str,
    found: Found,
    vector: np.ndarray | None,
    *,
    workspace_id: UUID | None = None,
    most: int = MOST_QUOTES,
    max_words: int = MAX_WORDS,
) -> list[Quote]:
    """Return the best quotation, and another article's if it is nearly as good; best first.

    Empty if search declined or nothing is similar enough. With `workspace_id` only that workspace's sentences are read,
    whatever the passages say. Without vectors only the question's words count.
    """
    if found.declined or not found.passages:
        return []
    pool = _pool(found, vector, workspace_id)
    if not pool:
        return []
    scores = _scores(question, pool)
    quotes: list[Quote] = []
    least = THRESHOLD if found.multilingual_vector is None else 0.0
    for at in np.argsort(-scores, kind="stable"):
        if scores[at] < least or len(quotes) == most:
            break
        if all(pool[at].passage.article_id != quote.passage.article_id for quote in quotes):
            quotes.append(_quote(pool, scores, pool[at].passage, float(scores[at]), max_words))
            least = max(least, SECOND_SHARE * quotes[0].score)
    return quotes


def _quote(pool: Sequence[_Piece], scores: np.ndarray, passage: Passage, score: float, max_words: int) -> Quote:
    own = {piece.unit.text: float(each) for piece, each in zip(pool, scores, strict=True) if piece.passage is passage}
    return Quote(excerpt(passage.text, own, max_words), passage, min(1.0, score))


abest_quotes = database_sync_to_async(best_quotes, thread_sensitive=False)


def _pool(found: Found, vector: np.ndarray | None, workspace_id: UUID | None) -> list[_Piece]:
    passages = found.passages[:PASSAGES_READ]
    alone = [_Piece(p, p.chunk_id, unit, None) for p in passages for unit in units(p.text)]
    if vector is None:
        return alone
    by_chunk = {pk: passage for passage in passages for pk in passage.chunk_ids}
    rows = Sentence.objects.filter(chunk_id__in=by_chunk).defer("embedding", "multilingual")
    if found.multilingual_vector is None:
        rows = rows.filter(chunk__embedder=embeddings.embedder_name())
        rows = rows.annotate(distance=CosineDistance("embedding", HalfVector(vector)))
    else:
        rows = rows.filter(multilingual__isnull=False)
        rows = rows.annotate(distance=CosineDistance("multilingual", HalfVector(found.multilingual_vector)))
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
    return stored or alone


def _scores(question: str, pool: Sequence[_Piece]) -> np.ndarray:
    """Score sentences by meaning and words, minus the distance of their passage from the best one."""
    words = _word_scores(question, pool)
    meaning = np.array([words[i] if p.cosine is None else p.cosine for i, p in enumerate(pool)], dtype=np.float32)
    top = max(p.passage.score for p in pool) or 1.0
    behind = np.array([1 - p.passage.score / top for p in pool], dtype=np.float32)
    return (1 - WORDS_WEIGHT) * meaning + WORDS_WEIGHT * words - PASSAGE_WEIGHT * behind


def _word_scores(question: str, pool: Sequence[_Piece]) -> np.ndarray:
    """Return the share of the question's words in each sentence with its headings; common words count less."""
    question_terms = set(terms(question, pool[0].passage.locale))
    has = [question_terms & set(terms(_in_context(piece), piece.passage.locale)) for piece in pool]
    light = measures(question, pool[0].passage.locale)
    rarity = {word: _weight(word, light) / (1 + sum(word in each for each in has)) ** 0.5 for word in question_terms}
    whole = sum(rarity.values()) or 1.0
    return np.array([sum(rarity[word] for word in each) / whole for each in has], dtype=np.float32)


def _weight(word: str, light: Collection[str]) -> float:
    if looks_like_identifier(word):
        return IDENTIFIER_WEIGHT
    return MEASURE_WEIGHT if word in light else 1.0


def _in_context(piece: _Piece) -> str:
    return f"{piece.passage.title} {piece.passage.heading_path} {piece.unit.heading} {plain(piece.unit.text)}"
