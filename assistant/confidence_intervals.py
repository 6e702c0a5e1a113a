"""95 % confidence intervals of shares, means, medians and differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import betaincinv

Interval = tuple[float, float]
# Takes the argument `axis`, like numpy's.
Statistic = Callable[..., Any]
Z = 1.96
DRAWS = 2000


def wilson(hits: int, count: int) -> Interval:
    """Return the Wilson score interval of a share; 0 to 1 if `count` is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
    """
    if count == 0:
        return 0.0, 1.0
    share, spread = hits / count, Z * Z / count
    centre = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def clopper_pearson(hits: int, count: int) -> Interval:
    """Return the exact two-sided interval of a share, which is conservative and wider than Wilson's.

    C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934), 404-413; as quantiles of the Beta distribution.
    """
    low = float(betaincinv(hits, count - hits + 1, 0.025)) if hits else 0.0
    high = float(betaincinv(hits + 1, count - hits, 0.975)) if hits < count else 1.0
    return low, high


def bootstrap(values: Sequence[float], statistic: Statistic = np.mean, seed: int = 0) -> Interval:
    """Return the percentile bootstrap interval of a statistic of `values`. Deterministic, because the seed is fixed.

    B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    return _middle(_drawn(values, statistic, np.random.default_rng(seed)))


def bootstrap_difference(
    left: Sequence[float], right: Sequence[float], statistic: Statistic = np.mean, seed: int = 0
) -> Interval:
    """Return the bootstrap interval of the statistic of `left` minus that of `right`, two independent samples.

    For paired samples, call `bootstrap` with the differences instead.
    """
    random = np.random.default_rng(seed)
    return _middle(_drawn(left, statistic, random) - _drawn(right, statistic, random))


def _drawn(values: Sequence[float], statistic: Statistic, random: np.random.Generator) -> Any:
    numbers = np.asarray(values, dtype=float)
    return statistic(numbers[random.integers(0, len(numbers), (DRAWS, len(numbers)))], axis=1)


def _middle(drawn: Any) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
