"""Decide whether the passages answer the question, or whether to decline.

A small logistic model over the scores of the retrievers and of the reader; other models apply if the reader is off, the
embedder is not available, or neither knows the question's language. The coefficients are in `abstention.json`, fitted
by `python -m benchmarks fit_abstention` on several corpora.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_WEIGHTS = Path(__file__).with_name("abstention.json")


@dataclass(frozen=True, slots=True)
class Signals:
    """Inputs of the decision. All but `reader` are between 0 and 1; vector scores are 0 without an embedder.

    Few on purpose: with three times as many, the models overfitted their corpora.
    """

    cosine: float  # of the nearest chunk
    sentence: float  # of the nearest sentence
    both: float  # maximum over chunks of words covered times nearest sentence
    own: float  # maximum share of the last question's own words in one of the five best chunks
    lead: float  # margin of the best result over the fifth
    covered: float  # maximum share of the question's words, weighted by rarity, in one chunk
    known: float  # share of the question's words that occur in any article
    multilingual: float = 0.0  # cosine of the nearest chunk in any language
    reader: float = 0.0  # log-odds that a passage answers, by the reader: mean over the best few
    is_read: bool = False
    has_vector: bool = True
    is_foreign: bool = False  # the embedder does not know the question's language


def signals_of(
    scores: Mapping[str, Mapping[int, float]], fused: Mapping[int, float], known: float, *, is_foreign: bool = False
) -> Signals:
    """Compute the signals from the retrievers' scores, by chunk and name."""
    vector, sentence, covered = scores.get("vector", {}), scores.get("sentence", {}), scores["covered"]
    best = sorted(fused, key=lambda pk: -fused[pk])[:5]
    return Signals(
        cosine=max(vector.values(), default=0.0),
        sentence=max(sentence.values(), default=0.0),
        both=max((covered[pk] * cosine for pk, cosine in sentence.items()), default=0.0),
        own=max((scores["own"].get(pk, 0.0) for pk in best), default=0.0),
        lead=fused[best[0]] - fused[best[-1]] if best else 0.0,
        covered=max(covered.values(), default=0.0),
        known=known,
        multilingual=max(scores["multilingual"].values(), default=0.0),
        has_vector=bool(vector),
        is_foreign=is_foreign,
    )


@dataclass(frozen=True, slots=True)
class Model:
    """`weights` are by signal name.

    Below `threshold` no passage is quoted; below the much lower `far`, not even a large model is asked.
    """

    weights: Mapping[str, float]
    bias: float
    threshold: float
    far: float = 0.0

    def confidence(self, signals: Signals) -> float:
        score = self.bias + sum(weight * getattr(signals, name) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

    def declines(self, signals: Signals) -> bool:
        return self.confidence(signals) < self.threshold


def model_for(signals: Signals) -> Model:
    """Return the model for the available signals."""
    if signals.is_foreign:
        return _model("other_language")
    if signals.is_read:
        return _model("with_reader" if signals.has_vector else "words_and_reader")
    return _model("with_vectors" if signals.has_vector else "words_alone")


@cache
def _model(name: str) -> Model:
    stored: dict[str, Any] = json.loads(_WEIGHTS.read_text())[name]
    return Model(stored["weights"], stored["bias"], stored["threshold"], stored["far"])


def reason(signals: Signals, declined: bool) -> str:
    """Return the reason for the decision, as a sentence for staff."""
    details = f"best sentence {signals.sentence:.2f}, {signals.covered:.0%} of the words matched"
    if signals.is_read:
        details += f", reader {signals.reader:+.1f}"
    if not declined:
        return f"answered: {details}"
    if signals.known < 0.5:
        return f"not in the articles: most words of the question appear in none of them ({details})"
    if signals.sentence < 0.4 and signals.has_vector:
        return f"not in the articles: nothing close in meaning ({details})"
    return f"not in the articles: no passage is likely to answer the question ({details})"
