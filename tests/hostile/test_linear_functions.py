"""No function takes long on text from outside, whatever it contains (rows B2 and B3)."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from knowledge.imports import sandbox
from knowledge.imports.document import Refused
from tests.hostile.measuring import cpu_ms, slowness
from tests.hostile.readers import OF_ARTICLES, OF_MESSAGES, OF_REPLIES, Reader, compared
from tests.hostile.texts import hostile

pytestmark = pytest.mark.timing

Prepare = Callable[[str], Callable[[], Any]]  # of a text: what reads it
LIMIT_MS = 50.0 * slowness()
ARTICLE_CHARS = 32_000  # enough to see how the time grows up to ARTICLE_MAX_CHARS
SHORTER = 16  # times, when a text is tried first
SUSPECTS = 5  # the texts that took longest when short, tried in full
WORST_GROWTH = 8.0  # of the time, where a text is four times as long: twice that of what is linear, half of a square
READY = "My Mill shows E5. What does that mean?"  # what is loaded once is no part of any time


def as_it_is(read: Reader) -> Prepare:
    return lambda text: lambda: read(text)


def suspects(prepare: Prepare, chars: int) -> list[int]:
    """The texts that take longest when they are short, by their number."""
    times = [cpu_ms(prepare(text), tries=1) for text in hostile(chars // SHORTER)]
    return heapq.nlargest(SUSPECTS, range(len(times)), key=times.__getitem__)


def texts(numbers: list[int], chars: int) -> Iterator[str]:
    return (text for number, text in enumerate(hostile(chars)) if number in numbers)


def slowest(prepare: Prepare, chars: int) -> tuple[float, str]:
    """How many milliseconds the worst of the texts took, and how it begins."""
    return max((cpu_ms(prepare(text), LIMIT_MS), text[:40]) for text in texts(suspects(prepare, chars), chars))


def growth(prepare: Prepare, chars: int) -> tuple[float, str]:
    """How many times as long the worst of the texts that take long takes, when it is four times as long."""
    worst = (0.0, "")
    numbers = suspects(prepare, chars)
    for short, long in zip(texts(numbers, chars // 4), texts(numbers, chars), strict=True):
        if (long_ms := cpu_ms(prepare(long), LIMIT_MS)) > LIMIT_MS:
            worst = max(worst, (long_ms / max(4.0, cpu_ms(prepare(short))), long[:40]))
    return worst


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_a_message_of_any_text_is_read_at_once(name: str) -> None:
    OF_MESSAGES[name](READY)

    ms, text = slowest(as_it_is(OF_MESSAGES[name]), settings.MESSAGE_MAX_CHARS)

    assert ms < LIMIT_MS, text


def test_two_messages_of_any_text_are_compared_at_once() -> None:
    compared(READY)()

    ms, text = slowest(compared, settings.MESSAGE_MAX_CHARS)

    assert ms < LIMIT_MS, text


@pytest.mark.parametrize("name", OF_REPLIES)
def test_a_reply_of_any_text_takes_as_long_as_it_is(name: str) -> None:
    """Up to the length of a message it is read at once; longer ones piece by piece, or beside the event loop."""
    OF_REPLIES[name](READY)

    ms, text = slowest(as_it_is(OF_REPLIES[name]), settings.MESSAGE_MAX_CHARS)
    grown, grown_text = growth(as_it_is(OF_REPLIES[name]), settings.REPLY_MAX_CHARS)

    assert ms < LIMIT_MS, text
    assert grown < WORST_GROWTH, grown_text


@pytest.mark.parametrize("name", OF_ARTICLES)
def test_an_article_of_any_text_takes_as_long_as_it_is(name: str) -> None:
    OF_ARTICLES[name]("# Returns\n\nWithin 30 days.")

    grown, text = growth(as_it_is(OF_ARTICLES[name]), ARTICLE_CHARS)

    assert grown < WORST_GROWTH, text


def test_a_page_of_tags_without_end_is_read_where_it_can_be_stopped(settings: Any) -> None:
    """The parser looks for the end of each: in the worker itself, nobody could end it."""
    settings.IMPORT_FILE_TIMEOUT_S = 0.5

    with pytest.raises(Refused) as refused:
        sandbox.page_of("<x y='" * 15_000)

    assert refused.value.code == "too_slow"


def test_a_page_of_spaces_is_read_at_once() -> None:
    assert cpu_ms(lambda: sandbox.page_of("<p>a" + " " * 90_000 + "b</p>"), LIMIT_MS) < LIMIT_MS
