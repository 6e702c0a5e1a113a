"""Features of the message classifiers: a multilingual vector, and the shape of the text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_VECTOR_SCALE = 3.0  # scales a unit vector to features of about one


def features_of(texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """Return an array of shape (texts, 519)."""
    return np.hstack([vectors * _VECTOR_SCALE, np.array([_looks_of(text) for text in texts], dtype=float)])


def _looks_of(text: str) -> list[float]:
    words = len(text.split())
    return [
        min(words, 20) / 10,
        float(words <= 2),
        float(words <= 4),
        float("?" in text or "\uff1f" in text),
        float("!" in text),
        float(any(sign.isdigit() for sign in text)),
        float(not any(sign.isalnum() for sign in text)),
    ]
