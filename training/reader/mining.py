"""Hard negatives: what our own search would hand over for a question beside what answers it.

BM25 over the passages of the question's own set, and where vectors were made, the cosines of the shipped embedder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse
from tqdm import tqdm

from training.reader.corpora import Passage, Question
from training.reader.windows import words

K1, B = 1.2, 0.5
DEPTH = 12
KEPT = 6
SAME_SHARE = 0.65  # of the words: a passage so like the gold one answers too
ASKED_SHARE = 0.6  # a passage under a heading so like the question answers too
BLOCK = 512
VECTOR_WEIGHT = 0.6
_WITHIN_TITLE = {"dstc9_faq"}  # another hotel's pets answer the same words: only the same hotel's passages are wrong


class Pool:
    """The passages of one set, with their words counted."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = passages
        self.words = [words(f"{p.title} {p.text}") for p in passages]
        self.vocabulary: dict[str, int] = {}
        for each in self.words:
            for word in each:
                self.vocabulary.setdefault(word, len(self.vocabulary))
        self.matrix = self._bm25()

    def _bm25(self) -> sparse.csc_matrix:
        lengths = np.array([len(each) for each in self.words], dtype=np.float32)
        mean = float(lengths.mean()) or 1.0
        rows, columns, values = [], [], []
        for row, each in enumerate(self.words):
            for word, count in Counter(each).items():
                rows.append(row)
                columns.append(self.vocabulary[word])
                values.append(count / (count + K1 * (1 - B + B * lengths[row] / mean)))
        matrix = sparse.csc_matrix((values, (rows, columns)), (len(self.words), len(self.vocabulary)), dtype=np.float32)
        with_it = np.diff(matrix.indptr)
        self.idf = np.log(1 + (len(self.words) - with_it + 0.5) / (with_it + 0.5)).astype(np.float32)
        return matrix

    @property
    def rarity(self) -> dict[str, float]:
        return {word: float(self.idf[place]) for word, place in self.vocabulary.items()}

    def scores(self, questions: Sequence[str]) -> np.ndarray:
        """BM25 of each question (rows) and passage (columns), as a share of the best of the question."""
        rows, columns, values = [], [], []
        for row, text in enumerate(questions):
            for word in set(words(text)):
                if word in self.vocabulary:
                    rows.append(row)
                    columns.append(self.vocabulary[word])
                    values.append(self.idf[self.vocabulary[word]])
        asked = sparse.csr_matrix((values, (rows, columns)), (len(questions), len(self.vocabulary)), dtype=np.float32)
        found: np.ndarray = (asked @ self.matrix.T.tocsr()).toarray()
        found /= np.maximum(found.max(axis=1, keepdims=True), 1e-6)
        return found


def pools(questions: Iterable[Question]) -> dict[tuple[str, str], list[Question]]:
    found: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in questions:
        found[question.set, question.lang].append(question)
    return found


def pool_of(asked: Sequence[Question]) -> Pool:
    each = {p.text: replace(p, start=-1, end=-1) for q in asked for p in (*q.negatives, *q.positives)}
    return Pool(list(each.values()))


def mine(asked: Sequence[Question], pool: Pool, vectors: dict[str, np.ndarray] | None = None) -> None:
    """Fill `mined` of each question, hardest first."""
    if vectors is not None and any(text not in vectors for text in (p.text for p in pool.passages)):
        vectors = None  # a language that was not embedded: words alone
    matrix = None if vectors is None else np.stack([vectors[p.text] for p in pool.passages])
    for first in tqdm(range(0, len(asked), BLOCK), desc=f"mining {asked[0].set}", disable=len(asked) < 2 * BLOCK):
        block = asked[first : first + BLOCK]
        scores = pool.scores([q.text for q in block])
        if matrix is not None and vectors is not None:
            cosines = np.stack([vectors[q.text] for q in block]) @ matrix.T
            scores = (1 - VECTOR_WEIGHT) * scores + VECTOR_WEIGHT * cosines
        best = np.argsort(-scores, axis=1)[:, : DEPTH + 8]
        for question, places in zip(block, best, strict=True):
            question.mined = _wrong(question, pool, places)


def _wrong(question: Question, pool: Pool, places: Sequence[int]) -> list[Passage]:
    gold = [set(words(p.text)) for p in question.positives]
    known = {p.text for p in (*question.positives, *question.negatives)}
    titles = {p.title for p in question.positives}
    asked = set(words(question.text))
    kept: list[Passage] = []
    for place in places:
        passage = pool.passages[place]
        own = set(pool.words[place])
        if passage.text in known or any(_alike(own, other) > SAME_SHARE for other in gold):
            continue
        if passage.heading and _alike(set(words(passage.heading)), asked) > ASKED_SHARE:
            continue
        if question.set in _WITHIN_TITLE and passage.title not in titles:
            continue
        kept.append(passage)
        if len(kept) == KEPT:
            break
    return kept


def _alike(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))
