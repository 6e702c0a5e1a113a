"""The retrievers of search, each one statement in Postgres: exact vectors, and the postings that BM25 scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from knowledge.indexing.vectors import as_text
from knowledge.search import bm25
from knowledge.search.bm25 import TermHits
from knowledge.search.query_terms import IndexFacts, QueryTerm

DEPTH = 30  # best results of each retriever to fuse

# Materialised distances prevent an approximate index: inside one workspace the exact scan is faster than a filtered
# HNSW index and misses nothing.
_VECTORS = """
WITH near AS MATERIALIZED (
    SELECT id, embedding <=> %(vector)s::halfvec AS distance FROM knowledge_chunk
    WHERE workspace_id = %(workspace)s AND embedder = %(embedder)s AND audience = ANY(%(audiences)s)
)
SELECT id, 1 - distance FROM near ORDER BY distance, id LIMIT %(limit)s
"""

_IN_ANY_LANGUAGE = """
WITH near AS MATERIALIZED (
    SELECT id, multilingual <=> %(vector)s::halfvec AS distance FROM knowledge_chunk
    WHERE workspace_id = %(workspace)s AND multilingual IS NOT NULL AND audience = ANY(%(audiences)s)
)
SELECT id, 1 - distance FROM near ORDER BY distance, id LIMIT %(limit)s
"""

# Uses the HNSW index of a large workspace. The scan continues until enough rows pass the conditions, in nearly the
# right order; the outer query sorts them.
NEARLY = """
WITH near AS MATERIALIZED (
    SELECT id, embedding <=> %(vector)s::halfvec AS distance FROM knowledge_chunk
    WHERE workspace_id = %(workspace)s AND embedder = %(embedder)s AND audience = ANY(%(audiences)s)
    ORDER BY embedding <=> %(vector)s::halfvec LIMIT %(limit)s
)
SELECT id, 1 - distance FROM near ORDER BY distance, id
"""
# The index covers one workspace, so a generic plan, as prepared statements may get, cannot use it.
_SCANNING = (
    "SET LOCAL hnsw.iterative_scan = relaxed_order; SET LOCAL hnsw.ef_search = 200; "
    "SET LOCAL plan_cache_mode = force_custom_plan"
)

# The postings of a term as one byte string, which Postgres transfers faster than it could score thousands of them.
_POSTINGS = """
SELECT term_id,
    string_agg(int8send(chunk_id) || int2send(in_text) || int2send(in_heading) || int2send(length_terms), '')
FROM knowledge_posting WHERE term_id = ANY(%(terms)s::bigint[]) AND chunk_id NOT IN (
    SELECT id FROM knowledge_chunk
    WHERE workspace_id = %(workspace)s AND audience <> 'public' AND audience <> ALL(%(audiences)s)
) GROUP BY term_id
"""

_CANDIDATES = """
SELECT c.id, c.article_id, c.position, c.heading_path, c.text, c.tokens, c.content_hash, c.locale, c.product,
    a.external_id, r.title, a.url, r.number,
    CASE WHEN c.embedder = %(embedder)s THEN 1 - (c.embedding <=> %(vector)s::halfvec) END,
    CASE WHEN c.embedder = %(embedder)s THEN (
        SELECT 1 - min(embedding <=> %(vector)s::halfvec) FROM knowledge_sentence WHERE chunk_id = c.id
    ) END,
    (
        1 - (c.multilingual <=> %(multilingual)s::halfvec)
        + (SELECT 1 - min(multilingual <=> %(multilingual)s::halfvec) FROM knowledge_sentence WHERE chunk_id = c.id)
    ) / 2
FROM knowledge_chunk c
JOIN knowledge_article a ON a.id = c.article_id
JOIN knowledge_revision r ON r.id = c.revision_id
WHERE c.id = ANY(%(ids)s) AND c.workspace_id = %(workspace)s AND c.audience = ANY(%(audiences)s)
"""

_SENTENCES = """
SELECT s.chunk_id, s.text, 1 - (s.embedding <=> %(vector)s::halfvec)
FROM knowledge_sentence s JOIN knowledge_chunk c ON c.id = s.chunk_id
WHERE s.chunk_id = ANY(%(ids)s) AND c.workspace_id = %(workspace)s AND c.embedder = %(embedder)s
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk found by a retriever, as stored, with its cosines to the question (None without vectors)."""

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
    sentence_cosine: float | None  # of its nearest sentence
    multilingual_cosine: float | None  # mean of the whole and its nearest sentence; in any language


def values_for(
    workspace_id: UUID, vector: np.ndarray, embedder: str, audiences: Collection[str], limit: int
) -> dict[str, Any]:
    return {
        "vector": as_text(vector),
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
    """Return (chunk id, cosine) of the nearest chunks, nearest first: exactly, or `nearly` exactly by HNSW."""
    values = values_for(workspace_id, vector, embedder, audiences, limit)
    if not nearly:
        with connection.cursor() as cursor:
            return list(cursor.execute(_VECTORS, values).fetchall())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SCANNING)
        return list(cursor.execute(NEARLY, values).fetchall())


def nearest_in_any_language(
    workspace_id: UUID, vector: np.ndarray, audiences: Collection[str], limit: int = DEPTH
) -> list[tuple[int, float]]:
    """Like `nearest` with a `multilingual` vector: for questions in a language the embedder does not know."""
    with connection.cursor() as cursor:
        return list(cursor.execute(_IN_ANY_LANGUAGE, values_for(workspace_id, vector, "", audiences, limit)).fetchall())


def matching(workspace_id: UUID, words: Sequence[QueryTerm], facts: IndexFacts, audiences: Collection[str]) -> TermHits:
    """Return all chunks that contain one of the words, scored."""
    known_ids = {word.term_id for word in words if word.term_id is not None}
    if not known_ids:
        return TermHits()
    with connection.cursor() as cursor:
        cursor.execute(_POSTINGS, {"terms": list(known_ids), "workspace": workspace_id, "audiences": list(audiences)})
        postings = {int(term_id): np.frombuffer(rows, bm25.POSTING) for term_id, rows in cursor.fetchall()}
    return bm25.scored(words, postings, facts)


def load(
    workspace_id: UUID,
    chunk_ids: Collection[int],
    vector: np.ndarray | None,
    embedder: str,
    audiences: Collection[str],
    multilingual: np.ndarray,
) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "ids": list(chunk_ids),
                "vector": None if vector is None else as_text(vector),
                "multilingual": as_text(multilingual),
                "embedder": embedder,
                "workspace": workspace_id,
                "audiences": list(audiences),
            },
        )
        return [Candidate(*row) for row in cursor.fetchall()]


def sentence_cosines(
    workspace_id: UUID, chunk_ids: Collection[int], vector: np.ndarray, embedder: str
) -> dict[int, dict[str, float]]:
    """Return the cosines of the sentences of these chunks, by chunk and text."""
    cosines: dict[int, dict[str, float]] = {pk: {} for pk in chunk_ids}
    values: dict[str, Any] = {"ids": list(chunk_ids), "vector": as_text(vector), "workspace": workspace_id}
    with connection.cursor() as cursor:
        for chunk_id, text, cosine in cursor.execute(_SENTENCES, values | {"embedder": embedder}).fetchall():
            cosines[chunk_id][text] = cosine
    return cosines
