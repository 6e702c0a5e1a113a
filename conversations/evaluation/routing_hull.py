"""Cost against quality of every way to route the same questions, both models having answered each of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assistant.confidence_intervals import Interval, bootstrap
from conversations.replies.routing import BALANCED, SMALL, THRIFTY, Policy, Signals, decide

THRESHOLDS = tuple(step / 20 for step in range(21))
ALWAYS_LARGE, ALWAYS_SMALL, ALL_CHECKED = "always large", "always small, unchecked", "small first, checked"


@dataclass(frozen=True, slots=True)
class Row:
    """One question: what was known of it before, and how well and dearly each model answered."""

    signals: Signals
    small: float
    large: float
    small_usd: float
    large_usd: float
    is_accepted: bool  # the small answer passed its checks


@dataclass(frozen=True, slots=True)
class Point:
    """One way to route. `qualities` and `costs` are by question."""

    name: str
    threshold: float | None
    qualities: tuple[float, ...]
    costs: tuple[float, ...]
    small_share: float  # of the questions, that only the small model answered

    @property
    def quality(self) -> float:
        return float(np.mean(self.qualities))

    @property
    def cost_usd(self) -> float:
        """A question, on average."""
        return float(np.mean(self.costs))


def points(rows: Sequence[Row], languages: frozenset[str]) -> list[Point]:
    """The two ends, and each policy at each threshold."""
    balanced = replace(BALANCED, languages=languages)
    return [
        _point(ALWAYS_LARGE, None, rows, lambda row: False),
        _unchecked(rows),
        _point(ALL_CHECKED, None, rows, lambda row: True),
        *(_of(policy, threshold, rows) for policy in (balanced, THRIFTY) for threshold in THRESHOLDS),
    ]


def _of(policy: Policy, threshold: float, rows: Sequence[Row]) -> Point:
    at = replace(policy, confidence_min=threshold)
    return _point(policy.name, threshold, rows, lambda row: decide(row.signals, at).tier == SMALL)


def _point(name: str, threshold: float | None, rows: Sequence[Row], is_tried: Callable[[Row], bool]) -> Point:
    tried = [is_tried(row) for row in rows]
    used = [asks and row.is_accepted for asks, row in zip(tried, rows, strict=True)]
    qualities = tuple(row.small if small else row.large for small, row in zip(used, rows, strict=True))
    costs = tuple(
        (row.small_usd if asks else 0.0) + (0.0 if small else row.large_usd)
        for asks, small, row in zip(tried, used, rows, strict=True)
    )
    return Point(name, threshold, qualities, costs, float(np.mean(used)))


def _unchecked(rows: Sequence[Row]) -> Point:
    qualities, costs = tuple(row.small for row in rows), tuple(row.small_usd for row in rows)
    return Point(ALWAYS_SMALL, None, qualities, costs, 1.0)


def hull(found: Sequence[Point]) -> list[Point]:
    """The upper left convex hull, cheapest first: what lies below is beaten by a mixture of two ways that are on it.

    A. M. Andrew, "Another efficient algorithm for convex hulls in two dimensions", IPL 9 (1979), 216-219.
    """
    kept: list[Point] = []
    for point in sorted(found, key=lambda p: (p.cost_usd, -p.quality)):
        if kept and point.quality <= kept[-1].quality:
            continue
        while len(kept) > 1 and _is_below(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def _is_below(first: Point, middle: Point, last: Point) -> bool:
    across = (last.cost_usd - first.cost_usd) * (middle.quality - first.quality)
    return across <= (middle.cost_usd - first.cost_usd) * (last.quality - first.quality)


def loss(point: Point, large: Point) -> tuple[float, Interval]:
    """How much worse than always large, by question, with its 95 % bootstrap interval."""
    lost = np.subtract(large.qualities, point.qualities)
    return float(lost.mean()), bootstrap(lost)


def saving(point: Point, large: Point) -> tuple[float, Interval]:
    """The share of the cost of always large that it saves, with the interval."""
    if not large.cost_usd:
        return 0.0, (0.0, 0.0)
    saved = np.subtract(large.costs, point.costs) / large.cost_usd
    return float(saved.mean()), bootstrap(saved)


def cheapest_within(found: Sequence[Point], max_loss: float, *, surely: bool = False) -> Point | None:
    """The cheapest threshold that loses at most `max_loss`; `surely`: by the upper end of the interval too."""
    (large,) = (point for point in found if point.name == ALWAYS_LARGE)
    fitting = []
    for point in found:
        lost, (_, high) = loss(point, large)
        if point.threshold is not None and (high if surely else lost) <= max_loss:
            fitting.append(point)
    return min(fitting, key=lambda p: (p.cost_usd, -p.quality), default=None)


def as_json(point: Point, large: Point) -> dict[str, Any]:
    (lost, lost_between), (saved, saved_between) = loss(point, large), saving(point, large)
    return {
        "name": point.name,
        "threshold": point.threshold,
        "quality": round(point.quality, 4),
        "quality_95": [round(each, 4) for each in bootstrap(point.qualities)],
        "cost_usd": round(point.cost_usd, 8),
        "small_share": round(point.small_share, 4),
        "loss": round(lost, 4),
        "loss_95": [round(each, 4) for each in lost_between],
        "saved_share": round(saved, 4),
        "saved_share_95": [round(each, 4) for each in saved_between],
    }
