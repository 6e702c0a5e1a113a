"""The calibrated pair verifier: the probability that two questions have the same answer.

A logistic regression over `alignment.Features`, with one set of weights per kind of difference: if a single word
differs, that word decides; if much is rephrased, the whole does. Coefficients, threshold and observed errors are in
`verifier.json`, written by `python -m benchmarks cache_verifier` from public questions.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from caching.matching.alignment import Features

FILE = Path(__file__).parent / "verifier.json"
WEIGHED = ("cosine", "loose_mean", "matched")


@cache
def fitted() -> dict[str, Any]:
    """Load `weights` by difference and feature, with a `bias`; `threshold`, `min_cosine`, and `calibration` by tier."""
    data: dict[str, Any] = json.loads(FILE.read_text())
    return data


def probability(features: Features) -> float:
    weights: dict[str, float] = fitted()["weights"][features.difference]
    logit = weights["bias"] + sum(weights[name] * getattr(features, name) for name in WEIGHED)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def threshold() -> float:
    """Return the minimum probability for serving an answer."""
    return float(fitted()["threshold"])


def min_cosine() -> float:
    """Return the minimum cosine; below it two questions are too different for a word comparison."""
    return float(fitted()["min_cosine"])


def calibration(tier: str) -> dict[str, int]:
    """Return how many held-out pairs the tier accepted, and how many of them wrongly."""
    counts: dict[str, int] = fitted()["calibration"][tier]
    return counts
