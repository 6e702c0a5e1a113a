"""Check a small model's answer before a customer sees it.

Pure except for the reader model; slow for long conversations. The checks are cheap and strict: a rejected answer is
written by the large model instead, so a false alarm only costs money.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.llm import registry
from assistant.llm.engines.base import EngineUnavailable
from assistant.llm.engines.reader import Excerpt, log_odds
from caching.matching.cacheability import REFUSAL
from conversations.context.faithfulness import unsupported_sentences
from conversations.replies import citations, grounding
from knowledge.indexing.markdown_text import plain
from knowledge.search.search import Passage
from language.detection import language_of
from language.sentences import CITED, split

# How far, in log-odds, the reader may rate the answer below the best passage. This rejects 5 of 100 right answers,
# and 28 of 100 answers to other questions about mostly the same article (English questions of talk/demo_dev).
READER_REACH = 3.0
REPEATED_MAX = 2  # a small model that is stuck in a loop repeats a sentence more often
_NUMBER = re.compile(r"\[(\d{1,3})\]")


class Failed(StrEnum):
    """Why a small model's answer was not used; receipts show these codes."""

    UNAVAILABLE = "unavailable"
    TOO_SLOW = "too_slow"
    BUDGET = "budget"
    STOPPED = "stopped"
    CUT_OFF = "cut_off"
    FORM = "form"
    CANNOT = "cannot"
    LANGUAGE = "language"
    NO_CITATION = "no_citation"
    UNKNOWN_SOURCE = "unknown_source"
    UNSUPPORTED = "unsupported"
    VALUE = "value"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class Answer:
    """The small model's complete answer. `took_back`: the model discarded its text and started again."""

    text: str
    action: str
    finish_reason: str
    took_back: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The question and its context, which the answer is checked against."""

    text: str
    said_before: str
    passages: Sequence[Passage]
    language: str
    locale: str
    reader: float | None = None  # its probability that the best passage answers; None if no reader ran


def why_not(answer: Answer, asked: Asked) -> Failed | None:
    """Return the first check that the answer fails; None if it passes all of them."""
    return next((code for code, fails in _CHECKS if fails(answer, asked)), None)


def _without_numbers(text: str) -> str:
    """Return the text without Markdown and without the numbers of sources."""
    return citations.NUMBER.sub("", plain(text))


def _is_cut_off(answer: Answer, asked: Asked) -> bool:
    return answer.finish_reason != "stop"


def _has_no_form(answer: Answer, asked: Asked) -> bool:
    told = answer.text.strip()
    if not told or answer.took_back or told.startswith("{"):
        return True
    if not any(character.isalnum() for character in _without_numbers(told)):
        return True
    return max(Counter(split(told)).values()) > REPEATED_MAX


def _cannot(answer: Answer, asked: Asked) -> bool:
    return bool(answer.action or REFUSAL.search(answer.text))


def _is_in_another_language(answer: Answer, asked: Asked) -> bool:
    found = language_of(_without_numbers(answer.text))
    return found is not None and found != asked.language


def _cites_nothing(answer: Answer, asked: Asked) -> bool:
    return not _NUMBER.search(answer.text)


def _cites_what_is_not_there(answer: Answer, asked: Asked) -> bool:
    """Return whether the answer cites an unknown source number, or has a link that is in no passage."""
    return citations.cited(answer.text, asked.passages)[0] != answer.text


def _is_unsupported(answer: Answer, asked: Asked) -> bool:
    """Return whether a sentence lacks support. One that cites nothing is compared with all sources of the answer."""
    doubts = grounding.doubts(
        _all_cited(answer.text), asked.passages, said_before=asked.said_before, locale=asked.locale
    )
    return bool(doubts)


def _all_cited(text: str) -> str:
    named = "".join(dict.fromkeys(f"[{number}]" for number in _NUMBER.findall(text)))
    return "\n".join(part if _NUMBER.search(part) else f"{part} {named}" for part in split(text, CITED))


def _has_a_value_of_its_own(answer: Answer, asked: Asked) -> bool:
    """Return whether a number, id, date, amount or name is in no cited passage or earlier message. English only."""
    if asked.language != "en":
        return False
    source = "\n".join([asked.said_before, *_cited_texts(answer, asked)])
    return bool(unsupported_sentences(_without_numbers(answer.text), source))


def _cited_texts(answer: Answer, asked: Asked) -> Iterator[str]:
    for number in sorted({int(number) for number in _NUMBER.findall(answer.text)}):
        passage = asked.passages[number - 1]
        yield f"{passage.title}\n{passage.heading_path}\n{plain(passage.text)}"


def _does_not_answer(answer: Answer, asked: Asked) -> bool:
    """Return whether the reader rates the answer clearly below the best passage; False if no reader ran."""
    reader = registry.reader()
    if reader is None or asked.reader is None:
        return False
    first = int(_NUMBER.findall(answer.text)[0])
    told = tuple(split(_without_numbers(answer.text)))
    try:
        (judged,) = reader.read(asked.text, [Excerpt(told, asked.passages[first - 1].title)])
    except EngineUnavailable:  # already logged when it failed to load
        return False
    return judged.log_odds < log_odds(asked.reader) - READER_REACH


# Ordered by cost; each may rely on the ones before it.
_CHECKS: tuple[tuple[Failed, Callable[[Answer, Asked], bool]], ...] = (
    (Failed.CUT_OFF, _is_cut_off),
    (Failed.CANNOT, _cannot),
    (Failed.FORM, _has_no_form),
    (Failed.NO_CITATION, _cites_nothing),
    (Failed.UNKNOWN_SOURCE, _cites_what_is_not_there),
    (Failed.LANGUAGE, _is_in_another_language),
    (Failed.VALUE, _has_a_value_of_its_own),
    (Failed.UNSUPPORTED, _is_unsupported),
    (Failed.READER, _does_not_answer),
)
