"""Replies are written side by side, and their threads stem words at the same time."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from language.stemming import stem

WORDS = [f"{beginning}{ending}" for beginning in ("connect", "refund", "hop") for ending in ("ing", "ions", "ability")]


@pytest.fixture
def _restless_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless_threads")
def test_many_threads_find_the_stems_that_one_finds():
    alone = [stem(word) for word in WORDS]

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(stem, WORDS * 200))

    assert together == alone * 200


def test_each_language_has_stems_of_its_own():
    assert (stem("returning"), stem("rückgaben", "german")) == ("return", "ruckgab")
