"""Exact BM25: score every chunk that contains a term of the question. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from knowledge.search.query_terms import IndexFacts, QueryTerm

# Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the heading as a weighted field.
K1 = 1.2
B = 0.5
HEADING_WEIGHT = 2.0

# Binary format sent by Postgres, in network byte order.
POSTING = np.dtype([("chunk_id", ">i8"), ("in_text", ">i2"), ("in_heading", ">i2"), ("length_terms", ">i2")])


@dataclass(frozen=True, slots=True)
class TermHits:
    """Chunks that share a word with the question, and the weight of its words in this workspace.

    `best_possible` is the limit of the score of a chunk with every word. A word in no article has maximum rarity.
    """

    chunk_ids: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))  # (n,), ascending
    # (3, n), in units of summed IDF: BM25; weight of its matched words; weight of those in headings.
    scores: np.ndarray = field(default_factory=lambda: np.empty((3, 0)))
    chunks_of: Mapping[int, np.ndarray] = field(default_factory=dict)  # the chunk ids of each term
    best_possible: float = 0.0
    known_share: float = 0.0  # share of best_possible for words in any article
    worth: Mapping[int, float] = field(default_factory=dict)  # per concept of the question

    def best(self, limit: int) -> list[int]:
        """Return the ids of the chunks with the highest BM25, best first; among equals the oldest first."""
        return [int(pk) for pk in self.chunk_ids[np.argsort(-self.scores[0], kind="stable")[:limit]]]

    def of(self, chunk_ids: Sequence[int]) -> np.ndarray:
        """Return the scores of these chunks, (3, n); 0 for chunks without a shared word."""
        if not len(self.chunk_ids):
            return np.zeros((3, len(chunk_ids)))
        places = np.searchsorted(self.chunk_ids, chunk_ids).clip(max=len(self.chunk_ids) - 1)
        scores: np.ndarray = np.where(self.chunk_ids[places] == chunk_ids, self.scores[:, places], 0.0)
        return scores

    def has(self, term_id: int, chunk_ids: Sequence[int]) -> np.ndarray:
        """Return which of these chunks contain the term, (n,)."""
        those = self.chunks_of.get(term_id, self.chunk_ids[:0])
        result: np.ndarray = (np.array(chunk_ids, np.int64)[:, None] == those).any(axis=1)
        return result


def scored(words: Sequence[QueryTerm], postings: Mapping[int, np.ndarray], facts: IndexFacts) -> TermHits:
    """Score the chunks that contain one of the words; `postings` are POSTINGs by term id.

    Document frequencies are counted from these postings: those of this workspace that the asker may read. A word of the
    question and its synonyms are one concept, which counts with its best word in a chunk.
    """
    if not postings:
        return TermHits()
    wanted = {
        word.term_id or 0: word for word in sorted(words, key=lambda word: word.weight) if word.term_id in postings
    }
    idf = {term_id: _idf(len(rows), facts.chunks) for term_id, rows in postings.items()}
    chunks_of = {term_id: rows["chunk_id"].astype(np.int64) for term_id, rows in postings.items()}
    chunk_ids = _each_once(np.concatenate(list(chunks_of.values())))
    credits: dict[int, list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
    for term_id, word in wanted.items():
        credit = _credit(postings[term_id], word.weight * idf[term_id], facts.mean_length_terms)
        credits[word.concept].append((np.searchsorted(chunk_ids, chunks_of[term_id]), credit))
    scores = np.zeros((3, len(chunk_ids)))
    for of_concept in credits.values():
        _add_best(scores, of_concept)
    worth = _worth(words, idf, facts.chunks)
    reach = sum(worth.values())
    known_reach = sum(worth[concept] for concept in {word.concept for word in words if word.term_id in postings})
    return TermHits(chunk_ids, scores, chunks_of, reach, known_reach / reach if reach else 0.0, worth)


def _each_once(chunk_ids: np.ndarray) -> np.ndarray:
    """Like np.unique, but exploits that the ids of each term are sorted."""
    rising = np.sort(chunk_ids, kind="stable")
    return rising[np.concatenate(([True], rising[1:] != rising[:-1]))]


def _idf(with_it: int, chunks: int) -> float:
    return math.log(1 + (chunks - with_it + 0.5) / (with_it + 0.5))


def _add_best(scores: np.ndarray, credits: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Add to each chunk the best credit of one concept's words, given with the chunks' indexes."""
    if len(credits) == 1:
        ((places, credit),) = credits
        scores[:, places] += credit
        return
    best = np.zeros_like(scores)
    for places, credit in credits:
        best[:, places] = np.maximum(best[:, places], credit)
    scores += best


def _credit(rows: np.ndarray, worth: float, mean_length_terms: float) -> np.ndarray:
    """Return what each posting of one term adds to its chunk, (3, n), as in TermHits.scores."""
    often = rows["in_text"] + HEADING_WEIGHT * rows["in_heading"]
    length = K1 * (1 - B) + (K1 * B / mean_length_terms) * rows["length_terms"]
    credit = np.empty((3, len(rows)))
    credit[0] = worth * often / (often + length)
    credit[1] = worth
    credit[2] = worth * (rows["in_heading"] > 0)
    return credit


def _worth(words: Sequence[QueryTerm], idf: Mapping[int, float], chunks: int) -> dict[int, float]:
    """Return the weight of each concept of the question; one in no article has maximum rarity."""
    worth: dict[int, float] = {}
    for word in words:
        if word.term_id is not None and word.term_id in idf:
            worth[word.concept] = max(worth.get(word.concept, 0.0), word.weight * idf[word.term_id])
    return {word.concept: worth.get(word.concept, _idf(0, chunks)) for word in words}
