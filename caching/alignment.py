"""What the embedder's own token vectors say of two questions: how well each word of one is met in the other.

A late interaction, as ColBERT has it: one vector a word, each looking for its best partner on the other
side. Numbers only; the verdict is the verifier's.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from assistant.engines.base import TokenVectors
from caching.guards import Comparison
from caching.lexicon import stem
from caching.reading import Word
from caching.vocabulary import FUNCTION_WORDS, LIGHT_WORDS


class Features(NamedTuple):
    """By these names the verifier weighs them. The same whichever question comes first."""

    cosine: float  # of the mean vectors
    least: float  # the worst met telling word, on either side
    mean: float  # over all words, both ways
    loose_least: float  # the worst met of the words that no spelling or synonym matched; 1 without such words
    loose_mean: float
    one_swap: float  # exactly one telling word left over on each side
    one_sided: float  # left over on one side only: a qualifier was added
    matched: float  # telling words that pair up


@dataclass(frozen=True, slots=True)
class Met:
    """The words of one text and how well each is met in the other text, 0 to 1."""

    words: list[str]
    best: np.ndarray
    mean: np.ndarray  # of the text's vectors, unit norm


def features(pair: Comparison, a: TokenVectors, b: TokenVectors) -> Features:
    left, right = meet(a, b), meet(b, a)
    loose_a, loose_b = heavy(pair.only_a), heavy(pair.only_b)
    loose = np.concatenate([best_of(loose_a, left), best_of(loose_b, right)])
    return Features(
        cosine=float(left.mean @ right.mean),
        least=float(min(telling(left).min(), telling(right).min())),
        mean=float((left.best.mean() + right.best.mean()) / 2),
        loose_least=float(loose.min()) if len(loose) else 1.0,
        loose_mean=float(loose.mean()) if len(loose) else 1.0,
        one_swap=float(len(loose_a) == len(loose_b) == 1),
        one_sided=float((len(loose_a) == 0) != (len(loose_b) == 0)),
        matched=float(sum(not x.light for x, _ in (*pair.same, *pair.close))),
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
