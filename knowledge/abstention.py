"""Is the answer in these passages, or is it honest to say that it is not there?

A small logistic model over what the legs saw. Its numbers are data, fitted by
`python -m benchmarks.fit_abstention` over several corpora and held in `abstention.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path

_WEIGHTS = Path(__file__).with_name("abstention.json")


@dataclass(frozen=True, slots=True)
class Signals:
    """What was seen of one question. All between 0 and 1; the vectors' are 0 when the embedder was away."""

    cosine: float  # of the nearest chunk
    sentence: float  # of the nearest sentence
    sentence_of_best: float  # of the nearest sentence in the chunk that is best by all legs
    covered: float  # share of the question's words, by rarity, that one chunk has at most
    covered_by_best: float  # ... that the chunk has which is best by all legs
    own: float  # share of the words of the last question alone that one of the five best chunks has at most
    both: float  # the most that one chunk has of both at once: its words covered times its nearest sentence
    known: float  # share of the question's words that any article has
    heading: float  # ... that one title with its headings has at most
    agreement: float  # share of the five nearest that are also among the ten best by words
    margin: float  # how far the nearest sentence stands above the tenth
    lead: float  # how far the best by all legs stands above the fifth
    has_vector: float  # 1, or 0 when the embedder was away
    length: float  # content words of the question, 12 or more being 1


def signals_of(
    scores: Mapping[str, Mapping[int, float]], fused: Mapping[int, float], known: float, length: int
) -> Signals:
    """Read the signals off the legs' scores, which are by chunk and name."""
    vector, sentence = scores.get("vector", {}), scores.get("sentence", {})
    best = max(fused, key=lambda pk: fused[pk], default=None)
    covered = scores["covered"]
    near, wordy = _top(vector, 5), _top(scores["terms"], 10)
    return Signals(
        cosine=max(vector.values(), default=0.0),
        sentence=max(sentence.values(), default=0.0),
        sentence_of_best=sentence.get(best, 0.0) if best is not None else 0.0,
        covered=max(covered.values(), default=0.0),
        covered_by_best=covered[best] if best is not None else 0.0,
        own=max((scores["own"].get(pk, 0.0) for pk in _top(fused, 5)), default=0.0),
        both=max((covered[pk] * cosine for pk, cosine in sentence.items()), default=0.0),
        known=known,
        heading=max(scores["heading"].values(), default=0.0),
        agreement=len(set(near) & set(wordy)) / max(1, len(near)),
        margin=_above(sentence, 10),
        lead=_above(fused, 5),
        has_vector=float(bool(vector)),
        length=min(1.0, length / 12),
    )


def _top(leg: Mapping[int, float], count: int) -> list[int]:
    return sorted((pk for pk in leg if leg[pk] > 0), key=lambda pk: -leg[pk])[:count]


def _above(leg: Mapping[int, float], rank: int) -> float:
    """How far the first stands above the one at `rank`, or above the last."""
    values = sorted(leg.values(), reverse=True)[:rank]
    return values[0] - values[-1] if values else 0.0


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
    seen = f"nearest sentence {signals.sentence:.2f}, {signals.covered:.0%} of the question's words in the best passage"
    if not declined:
        return f"answered: {seen}"
    if signals.known < 0.5:
        return f"not in the articles: most of the question's words stand in none of them ({seen})"
    if signals.sentence < 0.4 and signals.has_vector:
        return f"not in the articles: nothing close in meaning ({seen})"
    return f"not in the articles: no passage is likely to answer it ({seen})"
