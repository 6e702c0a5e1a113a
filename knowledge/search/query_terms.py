"""Match the words of a question with the vocabulary of the workspace: stemmed, with typing errors corrected."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.indexing.markdown_text import plain
from knowledge.models import Posting, Term
from knowledge.search.query_expansion import alternatives, parts_of_phrases
from knowledge.search.weights.models import LegWeights
from language.tokenizing import looks_like_identifier, measures, terms

MENDED_WEIGHT = 0.8
SYNONYM_WEIGHT = 0.7
MEASURE_WEIGHT = 0.3
PART_WEIGHT = 0.5  # of a word within a phrase: "back" in "send it back"
_MIN_CHARS = 5  # shorter words have too many neighbours
_TWO_TYPOS_FROM_CHARS = 8

_KNOWN = "SELECT term, id FROM knowledge_term WHERE workspace_id = %(workspace)s AND term = ANY(%(words)s)"
# Everything about a workspace that search needs beforehand, in one query.
_FACTS = f"""
SELECT locale, chunks, length_terms, version,
    (SELECT weights FROM learning_legweights
        WHERE workspace_id = %(workspace)s AND state = '{LegWeights.State.IN_USE}'),
    (SELECT jsonb_object_agg(term, id) FROM ({_KNOWN}) AS known)
FROM knowledge_indexstate WHERE workspace_id = %(workspace)s
"""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One search term. `term_id` is None if no article contains it.

    Synonyms share a `concept`: a chunk gets credit for the best of them.
    """

    text: str
    term_id: int | None
    concept: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """Statistics of a workspace's index: number and mean length of its chunks, summed over languages."""

    chunks: int
    mean_length_terms: float
    locales: tuple[str, ...]
    version: int
    learned: Mapping[str, float] | None = None  # learned weights of the retrievers; None: the defaults


def look_up(workspace_id: UUID, text: str, locale: str) -> tuple[IndexFacts, list[QueryTerm]]:
    """Return the index statistics, and the question's terms, each once, in every language of the articles.

    A word with unknown spelling is replaced by the nearest known one, if one is near enough.
    """
    text = plain(text)
    own = list(dict.fromkeys(terms(text, locale)))
    instead = alternatives(text, locale)
    wanted = {*own, *(term for group in instead.values() for term in group)}
    facts, term_ids_by_word = _facts(workspace_id, wanted)
    other = {term for each in facts.locales if each != locale for term in terms(text, each)} - set(own)
    if other:
        term_ids_by_word |= term_ids(workspace_id, other)
    concepts = {term: number for number, term in enumerate([*own, *(set(instead) - set(own)), *sorted(other)])}
    weights = dict.fromkeys(own, 1.0) | dict.fromkeys(parts_of_phrases(text, locale) & set(own), PART_WEIGHT)
    weights |= dict.fromkeys(measures(text, locale) & set(own), MEASURE_WEIGHT)
    query_terms = [
        _corrected(
            QueryTerm(term, term_ids_by_word.get(term), concepts[term], weights[term]), workspace_id, facts.version
        )
        for term in own
    ]
    query_terms += [
        QueryTerm(term, term_ids_by_word[term], concepts[term]) for term in sorted(other) if term in term_ids_by_word
    ]
    return facts, query_terms + [
        QueryTerm(term, term_ids_by_word[term], concepts[key], SYNONYM_WEIGHT)
        for key, group in instead.items()
        for term in group
        if term in term_ids_by_word and term not in own
    ]


def _facts(workspace_id: UUID, words: Collection[str]) -> tuple[IndexFacts, dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"workspace": workspace_id, "words": list(words)})
        rows = cursor.fetchall()
    chunks = sum(row[1] for row in rows)
    length = sum(row[2] for row in rows)
    locales = tuple(sorted(row[0] for row in rows if row[1]))
    learned, ids_by_word = (orjson.loads(each) if each else None for each in rows[0][4:]) if rows else (None, None)
    facts = IndexFacts(chunks, length / chunks if chunks else 1.0, locales, sum(row[3] for row in rows), learned)
    return facts, ids_by_word or {}


def term_ids(workspace_id: UUID, words: Collection[str]) -> dict[str, int]:
    """Return the ids of the words that are or were in the workspace's articles."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"workspace": workspace_id, "words": list(words)})
        return dict(cursor.fetchall())


def _corrected(term: QueryTerm, workspace_id: UUID, version: int) -> QueryTerm:
    if term.term_id is not None or len(term.text) < _MIN_CHARS or looks_like_identifier(term.text):
        return term
    words, ids = _vocabulary(workspace_id, version)
    typos = 2 if len(term.text) >= _TWO_TYPOS_FROM_CHARS else 1
    near = process.extractOne(term.text, words, scorer=OSA.distance, score_cutoff=typos)
    return QueryTerm(term.text, ids[near[2]], term.concept, MENDED_WEIGHT * term.weight) if near else term


@lru_cache(maxsize=64)
def _vocabulary(workspace_id: UUID, version: int) -> tuple[Sequence[str], Sequence[int]]:
    """Return all terms that occur in a chunk. `version` is only part of the cache key: it changes with the index."""
    used = Exists(Posting.objects.filter(term_id=OuterRef("pk")))
    stored = Term.objects.filter(used, workspace_id=workspace_id).values_list("term", "pk")
    rows = [(term, pk) for term, pk in stored if len(term) >= _MIN_CHARS - 1 and not looks_like_identifier(term)]
    return [term for term, _ in rows], [pk for _, pk in rows]
