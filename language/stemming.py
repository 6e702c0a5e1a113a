"""Word stems by Snowball, in any thread. A stemmer keeps the word at hand in itself, so it takes one at a time."""

from functools import cache
from threading import Lock
from typing import Any

import snowballstemmer

_one_at_a_time = Lock()


@cache
def _stemmer(algorithm: str) -> Any:
    return snowballstemmer.stemmer(algorithm)


def stem(word: str, algorithm: str = "english") -> str:
    """The stem of a word in lower case. Slow enough to be kept by whoever asks often."""
    with _one_at_a_time:
        return str(_stemmer(algorithm).stemWord(word))
