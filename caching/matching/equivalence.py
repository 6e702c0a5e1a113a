"""Decide from two questions alone whether the answer to one also answers the other."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.llm import embeddings
from assistant.llm.engines.base import TokenVectors
from caching.matching import verifier
from caching.matching.alignment import features, knows
from caching.matching.cacheability import concerns_differ
from caching.matching.guards import Comparison, compare, veto
from caching.matching.question_parsing import read
from language.normalise import canonical, language_in


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` is why the answer is served (exact, verified) or which guard or doubt refused it."""

    served: bool
    reason: str
    probability: float | None = None  # that both have the same answer, if the verifier ran
    similarity: float | None = None  # the cosine of the mean token vectors, if they were needed


def judge(a: str, b: str, *, terms: frozenset[str] = frozenset()) -> Judgement:
    """Decide whether an answer given to `a` may be given to `b`. The cheapest tests run first."""
    if not (canonical(a) and canonical(b)):
        return Judgement(False, "says_nothing", similarity=0.0)
    if canonical(a) == canonical(b):
        return Judgement(True, "exact", 1.0, 1.0)
    if not language_in(a) == language_in(b) == "en":
        return Judgement(False, "language")  # the guards read English
    pair = compare(read(a, terms), read(b, terms))
    if (reason := concerns_differ(a, b) or veto(pair)) is not None:
        return Judgement(False, reason)
    return verify(a, b, pair)


def verify(a: str, b: str, pair: Comparison) -> Judgement:
    left, right = vectors(a), vectors(b)
    if not (knows(left, pair.only_a) and knows(right, pair.only_b)):
        return Judgement(False, "illegible")
    inputs = features(pair, left, right)
    if inputs.cosine < verifier.min_cosine():
        return Judgement(False, "too_far", similarity=inputs.cosine)
    probability = verifier.probability(inputs)
    served = probability >= verifier.threshold()
    return Judgement(served, "verified" if served else "unsure", probability, inputs.cosine)


def similarity(a: str, b: str) -> float:
    """Return the cosine of the mean token vectors."""
    left, right = (vectors(text).vectors.mean(axis=0) for text in (a, b))
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


@lru_cache(maxsize=4096)
def vectors(text: str) -> TokenVectors:
    """Return one vector per token, cached in half precision because the same few entries are candidates repeatedly."""
    token_vectors = embeddings.token_vectors([text])[0]
    return TokenVectors(token_vectors.tokens, token_vectors.vectors.astype(np.float16))
