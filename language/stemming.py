"""Thread-safe Snowball stemming. A stemmer keeps the current word in itself, so it handles one word at a time."""

from functools import cache
from threading import Lock
from typing import Any

import snowballstemmer

_one_at_a_time = Lock()


@cache
def _stemmer(algorithm: str) -> Any:
    return snowballstemmer.stemmer(algorithm)


def stem(word: str, algorithm: str = "english") -> str:
    """Return the stem of a lower-case word. Slow: cache the result if you need it often."""
    with _one_at_a_time:
        return str(_stemmer(algorithm).stemWord(word))
