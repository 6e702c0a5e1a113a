"""Numbers that evaluation reports, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.confidence_intervals import wilson


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """The chance that a right one stands above a wrong one; ties count half. NaN where one kind is missing."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        if same.sum() > 1:
            ranks[same] = ranks[same].mean()
    right = labels > 0.5
    count, other = int(right.sum()), int((~right).sum())
    if not count or not other:
        return float("nan")
    return float((ranks[right].sum() - count * (count + 1) / 2) / (count * other))


def share(hits: Sequence[bool] | np.ndarray) -> str:
    """A share with its 95 % Wilson interval and its count: "0.53 [0.45, 0.61] of 150"."""
    n = len(hits)
    if not n:
        return "- of 0"
    low, high = wilson(int(np.sum(hits)), n)
    return f"{float(np.mean(hits)):.2f} [{low:.2f}, {high:.2f}] of {n}"
