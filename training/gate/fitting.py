"""One logistic regression for each class, calibrated on what it says of sources that it did not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from assistant.confidence_intervals import wilson
from training.gate.rows import CLASSES, HARMLESS, Row

FOLDS = 4
STRENGTH = {"spam": 25.0, "injection": 25.0, "abuse": 9.0}  # sklearn's C: chosen on rows left out
MAX_ITERATIONS = 800
TRICKY = ("notinject", "xstest_safe", "presidio_pii/dev")
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
SEED = 20261130
DEFAULTS = dict.fromkeys(CLASSES, 0.7)  # those of assistant/settings/gate.py


@dataclass(frozen=True, slots=True)
class Fitted:
    weights: np.ndarray  # (classes, features)
    bias: np.ndarray
    slope: np.ndarray  # of the calibration: probability = 1 / (1 + exp(-(slope * logit + shift)))
    shift: np.ndarray
    unseen: np.ndarray  # probabilities of the rows, each by a fit without its source
    unseen_rows: np.ndarray  # the same by fits without the row
    report: str
    errors: list[dict[str, Any]]

    def chances(self, x: np.ndarray) -> np.ndarray:
        logits = x @ self.weights.T + self.bias
        chances: np.ndarray = 1 / (1 + np.exp(-(logits * self.slope + self.shift)))
        return chances


def folds_of(rows: Sequence[Row], *, by_source: bool) -> np.ndarray:
    """The fold of each row. By source, all rows of one are in one fold, and the largest of each class are apart.
    Otherwise the rows of public sets are dealt out, and of our own examples still whole kinds are."""
    fold: dict[str, int] = {}
    for kind in (*CLASSES, HARMLESS):
        sizes = Counter(row.source for row in rows if row.kind == kind and row.source not in fold)
        for number, (source, _) in enumerate(sorted(sizes.items(), key=lambda each: (-each[1], each[0]))):
            fold[source] = number % FOLDS
    dealt = np.random.default_rng(SEED).integers(0, FOLDS, len(rows))
    whole = [by_source or row.source.startswith("ours") for row in rows]
    return np.array(
        [fold[row.source] if is_whole else dealt[n] for n, (row, is_whole) in enumerate(zip(rows, whole, strict=True))]
    )


def fit(rows: Sequence[Row], x: np.ndarray) -> Fitted:
    kinds = np.array([row.kind for row in rows])
    models = [_fitted(x, kinds, kind) for kind in CLASSES]
    sources = _left_out(rows, x, folds_of(rows, by_source=True), "sources left out")
    others = _left_out(rows, x, folds_of(rows, by_source=False), "rows left out")
    calibrations = [_calibration(sources[:, n], kinds == kind, rows) for n, kind in enumerate(CLASSES)]
    slope, shift = (np.array(each) for each in zip(*calibrations, strict=True))
    by_source, by_row = (1 / (1 + np.exp(-(logits * slope + shift))) for logits in (sources, others))
    weights, bias = zip(*models, strict=True)
    report = [_report(rows, by_source, "of sources left out of the fit"), _report(rows, by_row, "of rows left out")]
    return Fitted(
        np.vstack(weights), np.array(bias), slope, shift, by_source, by_row, "\n\n".join(report), _errors(rows, by_row)
    )


def _left_out(rows: Sequence[Row], x: np.ndarray, folds: np.ndarray, told: str) -> np.ndarray:
    """What fits that have not seen a row's fold say of it: logits of shape (rows, classes)."""
    kinds, logits = np.array([row.kind for row in rows]), np.zeros((len(rows), len(CLASSES)))
    for fold in tqdm(range(FOLDS), desc=told):
        train = folds != fold
        for number, kind in enumerate(CLASSES):
            weights, bias = _fitted(x[train], kinds[train], kind)
            logits[~train, number] = x[~train] @ weights + bias
    return logits


def _fitted(x: np.ndarray, kinds: np.ndarray, kind: str) -> tuple[np.ndarray, float]:
    model = LogisticRegression(C=STRENGTH[kind], max_iter=MAX_ITERATIONS, tol=1e-4).fit(x, kinds == kind)
    return model.coef_[0], float(model.intercept_[0])


def _calibration(logits: np.ndarray, y: np.ndarray, rows: Sequence[Row]) -> tuple[float, float]:
    """Platt's sigmoid, over logits of sources that the model did not see; each source counts as much as any other."""
    sizes = Counter((row.source, row.kind) for row in rows)
    weight = np.array([1 / sizes[row.source, row.kind] ** 0.5 for row in rows])
    model = LogisticRegression(C=1e4).fit(logits[:, None], y, sample_weight=weight)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def stopped(chances: np.ndarray, thresholds: dict[str, float] | None = None) -> np.ndarray:
    """Which rows are held, by the defaults of the product unless thresholds are given."""
    limits = np.array([(thresholds or DEFAULTS)[kind] for kind in CLASSES])
    held: np.ndarray = (chances >= limits).any(axis=1)
    return held


def _report(rows: Sequence[Row], chances: np.ndarray, told: str) -> str:
    """How many rows of each source are stopped, and of all harmless ones by each class from several thresholds on."""
    held = stopped(chances)
    groups: dict[tuple[str, str], list[bool]] = {}
    for row, is_held in zip(rows, held, strict=True):
        for source in ("all", "public sets" if not row.source.startswith("ours") else "ours", row.source):
            groups.setdefault((row.kind, source), []).append(bool(is_held))
    lines = [f"{len(rows)} messages; share stopped {told}", ""]
    lines += [f"{kind:10} {source:28} {_share(sum(own), len(own))}" for (kind, source), own in sorted(groups.items())]
    kinds = np.array([row.kind for row in rows])
    lines.append("\nover a threshold, by class; customers: harmless rows of public sets but those made to be tricky")
    customers = np.array([row.kind == HARMLESS and not row.source.startswith(("ours", *TRICKY)) for row in rows])
    for number, kind in enumerate(CLASSES):
        for threshold in THRESHOLDS:
            over = chances[:, number] >= threshold
            own, harmless = over[kinds == kind].mean(), over[kinds == HARMLESS].mean()
            shares = f"{kind} {own:.1%}, harmless {harmless:.2%}, customers {over[customers].mean():.2%}"
            lines.append(f"from {threshold}: {shares}")
    return "\n".join(lines)


def _share(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{count / of:7.2%} [{low:.2%}, {high:.2%}] of {of}"


def _errors(rows: Sequence[Row], chances: np.ndarray) -> list[dict[str, Any]]:
    held = stopped(chances)
    return [
        {"kind": row.kind, "source": row.source, "chances": [round(float(p), 3) for p in chance], "text": row.text}
        for row, chance, is_held in zip(rows, chances, held, strict=True)
        if is_held == (row.kind == HARMLESS)
    ]


def told_of(fitted: Fitted, x: np.ndarray, kinds: Sequence[str]) -> str:
    """The share stopped of messages that nothing was learned from."""
    held = stopped(fitted.chances(x))
    lines = ["", "messages that are only judged"]
    for kind in sorted(set(kinds)):
        own = held[np.array(kinds) == kind]
        lines.append(f"{kind:10} {_share(int(own.sum()), len(own))}")
    return "\n".join(lines)


def save(fitted: Fitted, path: Path) -> None:
    np.savez_compressed(
        path, classes=np.array(CLASSES), weights=fitted.weights.astype(np.float16),
        bias=fitted.bias, slope=fitted.slope, shift=fitted.shift,
    )  # fmt: skip
