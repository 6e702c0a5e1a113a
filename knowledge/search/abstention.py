"""Decide whether the passages answer the question, or whether to decline.

A small logistic model over what the legs saw and what the reader made of the best passages; others for when the reader
is off, the embedder away, or the question in a language that neither reads. Their numbers are data, fitted by
`python -m benchmarks fit_abstention` over several corpora and held in `abstention.json`.
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
    """What was seen of one question. All but `reader` between 0 and 1; the vectors' are 0 when the embedder was away.

    Few on purpose: with three times as many the models fitted their corpora better and others worse.
    """

    cosine: float  # of the nearest chunk
    sentence: float  # of the nearest sentence
    both: float  # the most that one chunk has of both at once: its words covered times its nearest sentence
    own: float  # share of the words of the last question alone that one of the five best chunks has at most
    lead: float  # how far the best by all legs stands above the fifth
    covered: float  # share of the question's words, by rarity, that one chunk has at most
    known: float  # share of the question's words that any article has
    multilingual: float = 0.0  # of the chunk nearest in any language
    reader: float = 0.0  # log-odds that a passage answers, by the reader: the mean over the few best
    is_read: bool = False
    has_vector: bool = True
    is_foreign: bool = False  # in a language that the embedder does not read


def signals_of(
    scores: Mapping[str, Mapping[int, float]], fused: Mapping[int, float], known: float, *, is_foreign: bool = False
) -> Signals:
    """Read the signals off the legs' scores, which are by chunk and name."""
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
    """`weights` are by the names of the signals that count.

    Below `threshold` a passage is not quoted; below `far`, which is much lower, not even a large model is asked.
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
    """The model for what could be seen."""
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
    """The reason for the decision, in a sentence for staff."""
    seen = f"best sentence {signals.sentence:.2f}, {signals.covered:.0%} of the words matched"
    if signals.is_read:
        seen += f", reader {signals.reader:+.1f}"
    if not declined:
        return f"answered: {seen}"
    if signals.known < 0.5:
        return f"not in the articles: most words of the question appear in none of them ({seen})"
    if signals.sentence < 0.4 and signals.has_vector:
        return f"not in the articles: nothing close in meaning ({seen})"
    return f"not in the articles: no passage is likely to answer the question ({seen})"
