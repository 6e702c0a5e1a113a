"""BM25 over arrays of postings, against its formula written out for one chunk at a time."""

import math
from itertools import pairwise

import numpy as np
import pytest

from knowledge.search import bm25
from knowledge.search.query_terms import IndexFacts, QueryTerm

CHUNKS, MEAN = 40, 55.0
FACTS = IndexFacts(CHUNKS, MEAN, ("en",), 1)


def drawn(random, chunks: int) -> np.ndarray:
    rows = np.zeros(chunks, bm25.POSTING)
    rows["chunk_id"] = random.choice(np.arange(100, 100 + CHUNKS), chunks, replace=False)  # in no order
    rows["in_text"], rows["in_heading"] = random.integers(0, 5, chunks), random.integers(0, 2, chunks)
    rows["length_terms"] = random.integers(20, 90, chunks)
    return rows


def credit(row, worth: float) -> np.ndarray:
    often = row["in_text"] + bm25.HEADING_WEIGHT * row["in_heading"]
    length = bm25.K1 * (1 - bm25.B + bm25.B * row["length_terms"] / MEAN)
    return np.array([worth * often / (often + length), worth, worth * (row["in_heading"] > 0)])


@pytest.fixture
def postings():
    random = np.random.default_rng(11)
    return {7: drawn(random, 30), 8: drawn(random, 12), 9: drawn(random, 25)}


def test_every_chunk_with_a_word_has_the_score_of_the_formula(postings):
    words = [QueryTerm("a", 7, 0), QueryTerm("b", 8, 1, 0.7), QueryTerm("b too", 9, 1, 0.5), QueryTerm("none", None, 2)]
    idf = {pk: math.log(1 + (CHUNKS - len(rows) + 0.5) / (len(rows) + 0.5)) for pk, rows in postings.items()}

    hits = bm25.scored(words, postings, FACTS)

    assert set(hits.chunk_ids.tolist()) == {int(row["chunk_id"]) for rows in postings.values() for row in rows}
    for pk in hits.chunk_ids.tolist():
        of = {
            word.text: [
                credit(row, word.weight * idf[word.term_id]) for row in postings[word.term_id] if row["chunk_id"] == pk
            ]
            for word in words[:3]
        }
        alike = [*of["b"], *of["b too"]]  # one concept: the best of its words counts, not their sum
        expected = sum(of["a"], np.zeros(3)) + (np.max(alike, axis=0) if alike else 0)
        assert hits.of([pk])[:, 0] == pytest.approx(expected)
    rarest = math.log(1 + (CHUNKS + 0.5) / 0.5)
    reach = idf[7] + max(0.7 * idf[8], 0.5 * idf[9]) + rarest
    assert hits.best_possible == pytest.approx(reach)
    assert hits.known_share == pytest.approx((reach - rarest) / reach)


def test_the_best_come_first_and_of_equals_the_oldest(postings):
    hits = bm25.scored([QueryTerm("a", 7, 0)], {7: postings[7]}, FACTS)

    best = hits.best(10)

    assert len(best) == 10
    scores = dict(zip(hits.chunk_ids.tolist(), hits.of(hits.chunk_ids)[0].tolist(), strict=True))
    assert all((-scores[a], a) < (-scores[b], b) for a, b in pairwise(best))
    assert scores[best[-1]] >= max(score for pk, score in scores.items() if pk not in best)


def test_a_chunk_without_the_words_has_no_score(postings):
    hits = bm25.scored([QueryTerm("a", 7, 0)], {7: postings[7]}, FACTS)

    with_it = int(postings[7]["chunk_id"][0])
    assert hits.of([1, with_it, 10_000]).astype(bool).tolist()[0] == [False, True, False]
    assert hits.has(7, [1, with_it, 10_000]).tolist() == [False, True, False]
    assert not hits.has(8, [with_it]).any()
    assert not bm25.TermHits().of([1, 2]).any()
    assert bm25.scored([QueryTerm("nowhere", None, 0)], {}, FACTS).best(5) == []
