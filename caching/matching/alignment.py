"""Compare two questions by the embedder's token vectors: how well each word of one matches a word of the other.

Late interaction as in ColBERT: one vector per word, and each word is matched with its best partner on the other side.
This module computes numbers only; the verifier decides.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from assistant.llm.engines.base import TokenVectors
from caching.matching.guards import Comparison
from caching.matching.question_parsing import Word
from language.wordnet import stem


class Difference(StrEnum):
    """How two questions differ in the content words that no spelling or synonym matched."""

    ADDED = "added"  # words left on one side only, or none: an added word may be a condition
    SWAPPED = "swapped"  # a single word left on one side or both: a synonym, or another thing
    REWORDED = "reworded"  # two or more words left on both sides: rephrased, or something else altogether


class Features(NamedTuple):
    """Inputs of the verifier, weighted per kind of difference. Symmetric in the two questions."""

    difference: Difference
    cosine: float  # of the mean vectors
    loose_mean: float  # how well the unmatched words match by vector; 1 without such words
    matched: float  # content words that pair up


@dataclass(frozen=True, slots=True)
class Match:
    """The words of one text and how well each matches the other text, 0 to 1."""

    words: list[str]
    best: np.ndarray
    mean: np.ndarray  # of the text's vectors, unit norm


def features(pair: Comparison, a: TokenVectors, b: TokenVectors) -> Features:
    left, right = meet(a, b)
    loose_a, loose_b = heavy(pair.only_a), heavy(pair.only_b)
    loose = np.concatenate([best_of(loose_a, left), best_of(loose_b, right)])
    return Features(
        difference=difference(len(loose_a), len(loose_b)),
        cosine=float(left.mean @ right.mean),
        loose_mean=float(loose.mean()) if len(loose) else 1.0,
        matched=float(sum(not x.light for x, _ in (*pair.same, *pair.close))),
    )


def difference(only_a: int, only_b: int) -> Difference:
    return (Difference.ADDED, Difference.SWAPPED, Difference.REWORDED)[min(only_a, only_b, 2)]


def meet(a: TokenVectors, b: TokenVectors) -> tuple[Match, Match]:
    (words_a, vectors_a), (words_b, vectors_b) = as_words(a), as_words(b)
    likeness = vectors_a @ vectors_b.T
    return Match(words_a, likeness.max(axis=1), unit_mean(a)), Match(words_b, likeness.max(axis=0), unit_mean(b))


def unit_mean(text: TokenVectors) -> np.ndarray:
    mean = text.vectors.astype(np.float32).mean(axis=0)
    unit: np.ndarray = mean / np.linalg.norm(mean)
    return unit


def as_words(text: TokenVectors) -> tuple[list[str], np.ndarray]:
    """Merge token pieces into whole words, one unit vector each (the mean of the pieces), without punctuation."""
    groups: list[tuple[str, list[int]]] = []
    for place, piece in enumerate(text.tokens):
        if piece.startswith("##") and groups:
            groups[-1] = (groups[-1][0] + piece[2:], [*groups[-1][1], place])
        elif piece[:1].isalnum():
            groups.append((piece, [place]))
    groups = groups or [("", list(range(len(text.tokens))))]
    vectors = np.stack([text.vectors[places].astype(np.float32).mean(axis=0) for _, places in groups])
    return [word for word, _ in groups], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def knows(text: TokenVectors, words: tuple[Word, ...]) -> bool:
    """Return whether the embedder knows these content words. Words it cannot read all look alike to it."""
    return {word.stem for word in heavy(words)} <= {stem(word) for word in as_words(text)[0]}


def heavy(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(word for word in words if not word.light)


def best_of(words: tuple[Word, ...], match: Match) -> np.ndarray:
    stems = {word.stem for word in words}
    return match.best[[i for i, text in enumerate(match.words) if stem(text) in stems]]
