"""Estimate the probabilities of spam, prompt injection and abuse with one calibrated logistic regression for each.

The shipped weights were fitted by `python -m training.gate`; an installation may have learned better ones from its own
verdicts (`retraining`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from conversations.gate.features import features_of
from conversations.gate.models import GateModel

_SHIPPED = Path(__file__).with_name("gate.npz")


@dataclass(frozen=True, slots=True)
class Weights:
    """`weights` has the shape (classes, features); the probability is sigmoid(slope * logit + shift)."""

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    slope: np.ndarray
    shift: np.ndarray

    def logits(self, x: np.ndarray) -> np.ndarray:
        found: np.ndarray = (x @ self.weights.T + self.bias) * self.slope + self.shift
        return found

    def chances(self, x: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (texts, classes)."""
        found: np.ndarray = 1 / (1 + np.exp(-np.clip(self.logits(x), -30, 30)))
        return found

    def moved(self, weights: np.ndarray, bias: np.ndarray) -> Weights:
        return replace(self, weights=weights, bias=bias)


def chances_of(text: str) -> dict[str, float]:
    """Return the probability of each class, 0 to 1. They do not add up to 1."""
    return dict(_chances(text, _in_use_pk()))


@lru_cache(maxsize=256)  # the same message may be judged again
def _chances(text: str, model_pk: int | None) -> tuple[tuple[str, float], ...]:
    weights = _learned(model_pk) if model_pk else shipped()
    found = weights.chances(features_of(text)[None, :])[0]
    return tuple(zip(weights.classes, found.tolist(), strict=True))


def in_use() -> Weights:
    pk = _in_use_pk()
    return _learned(pk) if pk else shipped()


def _in_use_pk() -> int | None:
    return GateModel.objects.filter(state=GateModel.State.IN_USE).values_list("pk", flat=True).first()


@lru_cache(maxsize=1)
def shipped() -> Weights:
    with np.load(_SHIPPED) as file:
        return _read(file)


@lru_cache(maxsize=2)
def _learned(pk: int) -> Weights:
    stored = GateModel.objects.values_list("weights", flat=True).get(pk=pk)
    with np.load(io.BytesIO(stored)) as file:
        return _read(file)


def _read(file: Any) -> Weights:
    parts = [file[name].astype(np.float32) for name in ("weights", "bias", "slope", "shift")]
    return Weights(tuple(map(str, file["classes"])), *parts)


def stored(weights: Weights) -> bytes:
    """Return the weights as bytes for the database."""
    file = io.BytesIO()
    np.savez_compressed(
        file, classes=np.array(weights.classes), weights=weights.weights.astype(np.float16), bias=weights.bias,
        slope=weights.slope, shift=weights.shift,
    )  # fmt: skip
    return file.getvalue()
