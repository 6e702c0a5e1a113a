"""The calibrated pair verifier: the probability that two questions have the same answer.

A logistic regression over `alignment.Features`. Its coefficients are data, `verifier.json`, written by
`python -m benchmarks.cache_verifier` from public pairs, and so are its threshold and what was seen of
its errors on domains it had not been fitted on.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from caching.alignment import Features

FILE = Path(__file__).parent / "verifier.json"


@cache
def fitted() -> dict[str, Any]:
    """`weights` by feature, `bias`, `threshold`, `min_cosine`, and `calibration` by tier."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def probability(features: Features) -> float:
    model = fitted()
    weights: dict[str, float] = model["weights"]
    logit = model["bias"] + sum(weights[name] * value for name, value in features._asdict().items())
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
