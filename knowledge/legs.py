"""The legs of search, each one statement in Postgres: exact vectors, and BM25 over text and headings."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from pgvector import HalfVector

from knowledge.vocabulary import IndexFacts, QueryTerm

DEPTH = 30  # how many of a leg's best are fused
TERM_DEPTH = 200

# Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the heading as a weighted field.
K1 = 1.2
B = 0.5
HEADING_WEIGHT = 2.0

# The distances are materialised, so that no approximate index can be chosen: inside one workspace the
# exact scan is faster than a filtered HNSW and misses nothing.
_VECTORS = """
WITH near AS MATERIALIZED (
    SELECT id, embedding <=> %(vector)s::halfvec AS distance FROM knowledge_chunk
    WHERE workspace_id = %(workspace)s AND embedder = %(embedder)s AND audience = ANY(%(audiences)s)
)
SELECT id, 1 - distance FROM near ORDER BY distance, id LIMIT %(limit)s
"""

# Through the HNSW index of a large workspace. Scanning goes on until enough rows pass the conditions, in nearly
# the right order; the outer query sets it right.
NEARLY = """
WITH near AS MATERIALIZED (
    SELECT id, embedding <=> %(vector)s::halfvec AS distance FROM knowledge_chunk
    WHERE workspace_id = %(workspace)s AND embedder = %(embedder)s AND audience = ANY(%(audiences)s)
    ORDER BY embedding <=> %(vector)s::halfvec LIMIT %(limit)s
)
SELECT id, 1 - distance FROM near ORDER BY distance, id
"""
_SCANNING = "SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.ef_search = 200"

# Document frequencies are counted from the very postings that are scored: they are this workspace's own. A word
# of the question and what may stand for it are one concept, worth what the best of them in a chunk is worth.
_TERMS = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(concepts)s::int[], %(weights)s::float8[]) AS a(term_id, concept, weight)
), hits AS MATERIALIZED (
    SELECT p.term_id, p.chunk_id, p.length_terms, p.in_heading, p.in_text + %(heading)s * p.in_heading AS tf
    FROM knowledge_posting p WHERE p.term_id = ANY(%(ids)s) AND p.chunk_id NOT IN (
        SELECT id FROM knowledge_chunk
        WHERE workspace_id = %(workspace)s AND audience <> 'public' AND audience <> ALL(%(audiences)s)
    )
), rare AS MATERIALIZED (
    SELECT term_id, ln(1 + (%(chunks)s - count(*) + 0.5) / (count(*) + 0.5)) AS idf FROM hits GROUP BY term_id
), credited AS (
    SELECT chunk_id, concept,
        max(weight * idf * tf / (tf + %(k1)s * (1 - %(b)s + %(b)s * length_terms / %(mean)s))) AS bm25,
        max(weight * idf) AS covered,
        max(weight * idf) FILTER (WHERE in_heading > 0) AS in_heading
    FROM hits JOIN rare USING (term_id) JOIN asked USING (term_id) GROUP BY chunk_id, concept
)
SELECT chunk_id, sum(bm25) AS bm25, sum(covered), coalesce(sum(in_heading), 0),
    (SELECT json_object_agg(term_id, idf)::text FROM rare)
FROM credited GROUP BY chunk_id ORDER BY bm25 DESC, chunk_id LIMIT %(limit)s
"""

_TERMS_IN = """
SELECT chunk_id, term_id FROM knowledge_posting WHERE term_id = ANY(%(terms)s::bigint[]) AND chunk_id = ANY(%(chunks)s)
"""

_CANDIDATES = """
WITH best AS MATERIALIZED (
    SELECT chunk_id, 1 - min(embedding <=> %(vector)s::halfvec) AS cosine
    FROM knowledge_sentence WHERE chunk_id = ANY(%(ids)s) GROUP BY chunk_id
)
SELECT c.id, c.article_id, c.position, c.heading_path, c.text, c.tokens, c.content_hash, c.locale, c.product,
    a.external_id, r.title, a.url, r.number,
    CASE WHEN c.embedder = %(embedder)s THEN 1 - (c.embedding <=> %(vector)s::halfvec) END,
    CASE WHEN c.embedder = %(embedder)s THEN best.cosine END
FROM knowledge_chunk c
JOIN knowledge_article a ON a.id = c.article_id
JOIN knowledge_revision r ON r.id = c.revision_id
LEFT JOIN best ON best.chunk_id = c.id
WHERE c.id = ANY(%(ids)s) AND c.workspace_id = %(workspace)s AND c.audience = ANY(%(audiences)s)
"""


@dataclass(frozen=True, slots=True)
class TermHit:
    """How a chunk answers the question's words. All three are in units of summed IDF."""

    bm25: float
    covered: float
    in_heading: float


@dataclass(frozen=True, slots=True)
class TermHits:
    """The chunks that share a word with the question, and the IDF of each of its terms.

    `best_possible` is the score of a chunk that had every word countless times; a word that no article has
    counts as rare as can be.
    """

    by_chunk: dict[int, TermHit] = field(default_factory=dict)
    best_possible: float = 0.0
    known_share: float = 0.0  # of best_possible, that some article has
    worth: Mapping[int, float] = field(default_factory=dict)  # of each concept of the question


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that a leg found, as it is stored, with its cosines to the question (None without vectors)."""

    chunk_id: int
    article_id: UUID
    position: int
    heading_path: str
    text: str
    tokens: int
    content_hash: str
    locale: str
    product: str
    external_id: str
    title: str
    url: str
    revision: int
    cosine: float | None
    sentence_cosine: float | None  # of the sentence in it that is nearest


def values_for(
    workspace_id: UUID, vector: np.ndarray, embedder: str, audiences: Collection[str], limit: int
) -> dict[str, Any]:
    return {
        "vector": HalfVector(vector).to_text(),
        "workspace": workspace_id,
        "embedder": embedder,
        "audiences": list(audiences),
        "limit": limit,
    }


def nearest(
    workspace_id: UUID,
    vector: np.ndarray,
    embedder: str,
    audiences: Collection[str],
    limit: int = DEPTH,
    *,
    nearly: bool = False,
) -> list[tuple[int, float]]:
    """Return (chunk id, cosine) of the nearest chunks, nearest first: all of them, or `nearly` all by HNSW."""
    values = values_for(workspace_id, vector, embedder, audiences, limit)
    with transaction.atomic() if nearly else nullcontext(), connection.cursor() as cursor:
        if nearly:
            cursor.execute(_SCANNING)
        cursor.execute(NEARLY if nearly else _VECTORS, values)
        return [(int(pk), float(cosine)) for pk, cosine in cursor.fetchall()]


def matching(
    workspace_id: UUID,
    words: Sequence[QueryTerm],
    facts: IndexFacts,
    audiences: Collection[str],
    limit: int = TERM_DEPTH,
) -> TermHits:
    """Return the chunks with the best BM25, in no order."""
    known = [word for word in words if word.term_id is not None]
    if not known:
        return TermHits()
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, _term_values(workspace_id, known, facts, audiences, limit))
        rows = cursor.fetchall()
    if not rows:
        return TermHits()
    idf = {int(term_id): float(value) for term_id, value in json.loads(rows[0][4]).items()}
    worth = _worth(words, idf, facts.chunks)
    reach, known_reach = sum(worth.values()), sum(worth[c] for c in {w.concept for w in words if w.term_id in idf})
    by_chunk = {int(row[0]): TermHit(float(row[1]), float(row[2]), float(row[3])) for row in rows}
    return TermHits(by_chunk, reach, known_reach / reach if reach else 0.0, worth)


def _worth(words: Sequence[QueryTerm], idf: Mapping[int, float], chunks: int) -> dict[int, float]:
    """Return what each concept of the question is worth; one that no article has is as rare as can be."""
    worth: dict[int, float] = {}
    for word in words:
        if word.term_id is not None and word.term_id in idf:
            worth[word.concept] = max(worth.get(word.concept, 0.0), word.weight * idf[word.term_id])
    rarest = float(np.log(1 + (chunks + 0.5) / 0.5))
    return {word.concept: worth.get(word.concept, rarest) for word in words}


def _term_values(
    workspace_id: UUID, known: Sequence[QueryTerm], facts: IndexFacts, audiences: Collection[str], limit: int
) -> dict[str, Any]:
    best: dict[int, QueryTerm] = {}
    for word in sorted(known, key=lambda word: word.weight):
        best[word.term_id or 0] = word
    return {
        "ids": list(best),
        "concepts": [word.concept for word in best.values()],
        "weights": [word.weight for word in best.values()],
        "workspace": workspace_id,
        "audiences": list(audiences),
        "chunks": facts.chunks,
        "mean": facts.mean_length_terms,
        "heading": HEADING_WEIGHT,
        "k1": K1,
        "b": B,
        "limit": limit,
    }


def terms_in(chunk_ids: Collection[int], term_ids: Collection[int]) -> dict[int, set[int]]:
    """Which of the terms each chunk has, in its text or its headings."""
    found: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TERMS_IN, {"chunks": list(chunk_ids), "terms": list(term_ids)})
        for chunk_id, term_id in cursor.fetchall():
            found.setdefault(chunk_id, set()).add(term_id)
    return found


def load(
    workspace_id: UUID, chunk_ids: Collection[int], vector: np.ndarray | None, embedder: str, audiences: Collection[str]
) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "ids": list(chunk_ids),
                "vector": None if vector is None else HalfVector(vector).to_text(),
                "embedder": embedder,
                "workspace": workspace_id,
                "audiences": list(audiences),
            },
        )
        return [Candidate(*row) for row in cursor.fetchall()]
