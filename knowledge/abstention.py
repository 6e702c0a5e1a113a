"""Is the answer in these passages, or is it honest to say that it is not there?

A small logistic model over what the legs saw. Its numbers are data, fitted by
`python -m benchmarks.fit_abstention` over several corpora and held in `abstention.json`.
"""

from __future__ import annotations

import json
import math
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path

_WEIGHTS = Path(__file__).with_name("abstention.json")


@dataclass(frozen=True, slots=True)
class Signals:
    """What was seen of one question. All between 0 and 1, but for the cosine, which may be a little below 0."""

    cosine: float  # of the nearest chunk; 0 without vectors
    covered: float  # share of the question's words, by rarity, that the best single chunk has
    covered_together: float  # ... that the three best have together
    known: float  # ... that any article has
    heading: float  # ... that a title or heading of the best chunks has
    agreement: float  # share of the five nearest that are also among the ten best by words
    margin: float  # how far the best cosine stands above the tenth
    has_vector: float  # 1, or 0 when the embedder was away
    length: float  # content words of the question, 12 or more being 1


@dataclass(frozen=True, slots=True)
class Model:
    weights: tuple[float, ...]
    bias: float
    threshold: float

    def confidence(self, signals: Signals) -> float:
        score = self.bias + sum(w * x for w, x in zip(self.weights, astuple(signals), strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def model() -> Model:
    stored = json.loads(_WEIGHTS.read_text())
    weights = tuple(float(stored["weights"][each.name]) for each in fields(Signals))
    return Model(weights, float(stored["bias"]), float(stored["threshold"]))


def reason(signals: Signals, declined: bool) -> str:
    """One sentence for staff on what decided."""
    seen = f"nearest passage {signals.cosine:.2f}, {signals.covered:.0%} of the question's words in the best passage"
    if not declined:
        return f"answered: {seen}"
    if signals.known < 0.5:
        return f"not in the articles: most of the question's words stand in none of them ({seen})"
    if signals.cosine < 0.4 and signals.has_vector:
        return f"not in the articles: nothing close in meaning ({seen})"
    return f"not in the articles: no passage is likely to answer it ({seen})"
