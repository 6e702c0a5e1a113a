"""Confidence intervals compared with published values."""

import numpy as np
import pytest

from assistant.confidence_intervals import bootstrap, bootstrap_difference, clopper_pearson, wilson


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (50, 100, 0.404, 0.596), (0, 0, 0.0, 1.0)],
)
def test_the_wilson_interval_is_that_of_the_textbook(hits: int, count: int, low: float, high: float) -> None:
    assert wilson(hits, count) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 10, 0.0, 0.308), (10, 10, 0.692, 1.0), (24, 200, 0.078, 0.173), (50, 100, 0.398, 0.602)],
)
def test_the_exact_interval_is_that_of_the_textbook(hits: int, count: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, count) == pytest.approx((low, high), abs=0.001)


def test_a_bootstrap_interval_holds_the_mean() -> None:
    low, high = bootstrap([0.0, 1.0] * 50)

    assert low < 0.5 < high
    assert bootstrap([0.0, 1.0] * 50) == (low, high)


def test_the_interval_of_a_difference_holds_it_and_is_wider_than_that_of_one_side() -> None:
    left, right = np.arange(100.0) + 10, np.arange(100.0)
    low, high = bootstrap_difference(left, right, np.median)
    one_low, one_high = bootstrap(left, np.median)

    assert low < 10 < high
    assert high - low > one_high - one_low
