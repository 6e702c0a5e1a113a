"""What the embedder's own token vectors say of two questions: how well each word of one is met in the other.

A late interaction, as ColBERT has it: one vector a word, each looking for its best partner on the other
side. Numbers only; the verdict is the verifier's.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from assistant.engines.base import TokenVectors
from caching.guards import Comparison
from caching.lexicon import stem
from caching.reading import Word
from caching.vocabulary import FUNCTION_WORDS, LIGHT_WORDS


class Features(NamedTuple):
    """In the order of the verifier's coefficients."""

    cosine: float  # of the mean vectors
    mean_a: float  # of the best partner's cosine, over the telling words of the first question
    mean_b: float
    least_a: float  # the worst met telling word
    least_b: float
    next_least: float  # the second worst met, of both
    mean_all: float  # over all words, both ways
    loose_least: float  # the worst met of the words that no spelling or synonym matched
    loose_mean: float
    shared: float  # matched telling words over all telling words
    loose_a: float  # how many telling words are left over
    loose_b: float
    loose_both: float  # words left over on both sides at once: a substitution
    one_swap: float  # exactly one each, all else matched
    one_sided: float  # left over on one side only: a qualifier
    light_loose: float
    matched: float
    length: float  # telling words of the shorter question
    ask_differs: float
    spelling: float  # how alike the letters are, in any order of the words


@dataclass(frozen=True, slots=True)
class Met:
    """The words of one text and how well each is met in the other text, 0 to 1."""

    words: list[str]
    best: np.ndarray
    mean: np.ndarray  # of the text's vectors, unit norm


def features(pair: Comparison, a: TokenVectors, b: TokenVectors) -> Features:
    left, right = meet(a, b), meet(b, a)
    telling_a, telling_b = telling(left), telling(right)
    both = np.sort(np.concatenate([telling_a, telling_b]))
    loose_a, loose_b = heavy(pair.only_a), heavy(pair.only_b)
    loose = np.concatenate([best_of(loose_a, left), best_of(loose_b, right)])
    matched = sum(not x.light for x, _ in (*pair.same, *pair.close))
    n_a, n_b = len(loose_a), len(loose_b)
    return Features(
        cosine=float(left.mean @ right.mean),
        mean_a=float(telling_a.mean()),
        mean_b=float(telling_b.mean()),
        least_a=float(telling_a.min()),
        least_b=float(telling_b.min()),
        next_least=float(both[min(1, len(both) - 1)]),
        mean_all=float((left.best.mean() + right.best.mean()) / 2),
        loose_least=float(loose.min()) if len(loose) else 1.0,
        loose_mean=float(loose.mean()) if len(loose) else 1.0,
        shared=2 * matched / max(1, 2 * matched + n_a + n_b),
        loose_a=float(n_a),
        loose_b=float(n_b),
        loose_both=float(min(n_a, n_b)),
        one_swap=float(n_a == n_b == 1),
        one_sided=float((n_a == 0) != (n_b == 0)),
        light_loose=float(len(pair.only_a) - n_a + len(pair.only_b) - n_b),
        matched=float(matched),
        length=float(min(matched + n_a, matched + n_b)),
        ask_differs=float(pair.a.asks != pair.b.asks),
        spelling=fuzz.token_sort_ratio(" ".join(pair.a.words), " ".join(pair.b.words)) / 100,
    )


def meet(here: TokenVectors, there: TokenVectors) -> Met:
    texts, own = as_words(here)
    _, other = as_words(there)
    mean = here.vectors.astype(np.float32).mean(axis=0)
    return Met(texts, (own @ other.T).max(axis=1), mean / np.linalg.norm(mean))


def as_words(text: TokenVectors) -> tuple[list[str], np.ndarray]:
    """Whole words with one unit vector each: the mean of their pieces. Punctuation is left out."""
    groups: list[tuple[str, list[int]]] = []
    for place, piece in enumerate(text.tokens):
        if piece.startswith("##") and groups:
            groups[-1] = (groups[-1][0] + piece[2:], [*groups[-1][1], place])
        elif piece[:1].isalnum():
            groups.append((piece, [place]))
    groups = groups or [("", list(range(len(text.tokens))))]
    vectors = np.stack([text.vectors[places].astype(np.float32).mean(axis=0) for _, places in groups])
    return [word for word, _ in groups], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def telling(met: Met) -> np.ndarray:
    """How well the words that carry the meaning are met; all words where none does."""
    chosen = [i for i, word in enumerate(met.words) if word not in FUNCTION_WORDS and word not in LIGHT_WORDS]
    return met.best[chosen] if chosen else met.best


def heavy(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(word for word in words if not word.light)


def best_of(words: tuple[Word, ...], met: Met) -> np.ndarray:
    stems = {word.stem for word in words}
    return met.best[[i for i, text in enumerate(met.words) if stem(text) in stems]]
