"""The calibrated pair verifier: the probability that two questions have the same answer.

A logistic regression over `alignment.Features`, one for each kind of difference: where a single word is another,
all hangs on that word; where much is said in another way, on the whole. The coefficients are data,
`verifier.json`, written by `python -m benchmarks cache_verifier` from public questions, and so are the threshold
and what was seen of its errors.
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
    """`weights` by difference and feature, with a `bias`; `threshold`, `min_cosine`, and `calibration` by tier."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def probability(features: Features) -> float:
    weights: dict[str, float] = fitted()["weights"][features.difference]
    logit = weights["bias"] + sum(weights[name] * getattr(features, name) for name in WEIGHED)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def threshold() -> float:
    """The least probability that is served."""
    return float(fitted()["threshold"])


def min_cosine() -> float:
    """Below this two questions are too far apart for the words to be compared, as long stories are."""
    return float(fitted()["min_cosine"])


def calibration(tier: str) -> dict[str, int]:
    """How many held-out pairs were let through by the tier, and how many of them wrongly."""
    seen: dict[str, int] = fitted()["calibration"][tier]
    return seen
