"""The questions of one message: "How long is the warranty, and do you ship to Norway?" asks two.

By rule, and careful: a message is taken apart only where a sentence ends, or a comma or a conjunction stands, before
what can only be the beginning of a question. What is told beside a question stays with it, and what leads in a
question ("can you tell me, ...") goes with the question behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from language.signs.lead_ins import LEAD_INS, LeadIns
from language.signs.questions import QUESTIONS, QuestionSigns

MAX_CHARS = 400  # a longer message tells a story around what it asks
MAX_QUESTIONS = 3
WORDS_MIN = 2  # of a question that shows by its first words that it is one
MARKED_WORDS_MIN = 3  # of one that shows it by its question mark alone
BEFORE_A_COMMA_MIN_WORDS = 4  # "At which age, may I ask" is one question
_WORD = re.compile(r"[^\W_]+|&")
_END = re.compile(
    r"[\n\uff1f]|[.!?;:\u2026]\S{0,3}\s"
)  # with a space behind it: else it is inside an address or a number
_STOP = re.compile(r"\uff1f|[.!?;\u2026]\S{0,3}(?:\s|\Z)")  # what no lead-in is apart from its question by
_PAUSE = re.compile(r"[,(\u2013\u2014]|\s-\s")
_OPENING = ("¿", "¡", "“", "„", "«", '"')  # belongs to the word behind it
_UNMARKED = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})
_AROUND = " \t\r\n,;:-(&\u2013\u2014"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str  # in lower case
    form: str  # without marks too
    start: int
    gap: str  # what stands between it and the word before


@dataclass(frozen=True, slots=True)
class _Clause:
    """Places of words: where it begins, and where it begins without its conjunctions."""

    start: int
    first: int
    is_sentence: bool


def questions_in(text: str, language: str) -> tuple[str, ...]:
    """The questions of a message, MAX_QUESTIONS at most; the message itself where it does not surely ask several."""
    if language not in QUESTIONS or len(text) > MAX_CHARS:
        return (text,)
    words = _words(text)
    asking = _asking(words, language, text) if words else []
    spans = _each_once(asking, words)
    if len(spans) < 2:
        return (text,)
    last = spans[MAX_QUESTIONS - 1 :]
    spans = [*spans[: MAX_QUESTIONS - 1], *([(last[0][0], last[-1][1])] if last else [])]
    begins = [0, *(words[first].start for first, _ in spans[1:])]
    ends = [words[end].start if end < len(words) else len(text) for _, end in spans]
    return tuple(text[begin:end].strip(_AROUND) for begin, end in zip(begins, ends, strict=True))


def _each_once(asking: Sequence[_Clause], words: Sequence[_Word]) -> list[tuple[int, int]]:
    """Between which words each of the questions stands, of equal ones the first."""
    ends = [*(clause.start for clause in asking[1:]), len(words)]
    spans: dict[tuple[str, ...], tuple[int, int]] = {}
    for clause, end in zip(asking, ends[: len(asking)], strict=True):
        spans.setdefault(tuple(word.form for word in words[clause.first : end]), (clause.first, end))
    return list(spans.values())


def _words(text: str) -> list[_Word]:
    found, before = [], 0
    for match in _WORD.finditer(text):
        word = match[0].lower()
        marked = unicodedata.normalize("NFD", word.translate(_UNMARKED))
        form = "".join(char for char in marked if not unicodedata.combining(char))
        start = match.start() - (text[before : match.start()][-1:] in _OPENING)
        found.append(_Word(word, form, start, text[before:start]))
        before = match.end()
    return found


def _asking(words: Sequence[_Word], language: str, text: str) -> list[_Clause]:
    """The clauses that ask for something of their own, each from where it is led in."""
    signs, lead_ins = QUESTIONS[language], LEAD_INS[language]
    clauses = list(_clauses(words, signs, lead_ins))
    found, led_in_by = [], None
    for clause, following in zip_longest(clauses, clauses[1:]):
        end = following.start if following else len(words)
        after = words[end].gap if following else text[words[-1].start + len(words[-1].text) :]
        forms = [word.form for word in words[clause.first : end]]
        is_apart = following is None or following.first > end or bool(_STOP.search(after))
        if _leads_in(forms, lead_ins, is_apart=is_apart):
            led_in_by = led_in_by or clause
        elif _asks(forms, signs, clause, after):
            found.append(led_in_by or clause)
            led_in_by = None
    return found


def _leads_in(forms: Sequence[str], lead_ins: LeadIns, *, is_apart: bool) -> bool:
    """Whether a clause asks for nothing but what stands behind it; `is_apart`: behind more than a comma."""
    form = " ".join(forms)
    return bool(lead_ins.bare.match(form) or (not is_apart and lead_ins.at_comma.match(form)))


def _clauses(words: Sequence[_Word], signs: QuestionSigns, lead_ins: LeadIns) -> Iterator[_Clause]:
    """Every sentence, and within them what begins like a question behind a comma or a conjunction."""
    at = begun = 0
    while at < len(words):
        first = _without_conjunctions(words, at, signs)
        form = _form(words[first:])
        is_sentence = at == 0 or bool(_END.search(words[at].gap))
        is_apart = first > at or (
            bool(_PAUSE.search(words[at].gap))
            and (
                _leads_in([word.form for word in words[begun:at]], lead_ins, is_apart=False)
                or (at - begun >= BEFORE_A_COMMA_MIN_WORDS and not lead_ins.goes_on.match(form))
            )
        )
        if is_sentence or (is_apart and signs.begins.match(form)):
            yield _Clause(at, first, is_sentence)
            begun = at
        at = max(first, at + 1)


def _without_conjunctions(words: Sequence[_Word], at: int, signs: QuestionSigns) -> int:
    """The place of the first word that no conjunction is: "puis" is one, but not in "puis-je"."""
    while at < len(words) - 1 and words[at].text in signs.joins and not signs.begins.match(_form(words[at:])):
        at += 1
    return at


def _asks(forms: Sequence[str], signs: QuestionSigns, clause: _Clause, after: str) -> bool:
    form = " ".join(forms)
    if len(forms) < WORDS_MIN or signs.says_little.match(form):
        return False
    if signs.begins.match(form):
        return True
    if not clause.is_sentence:
        return False
    is_marked = "?" in after.replace("\uff1f", "?").split("\n")[0]
    return is_marked and len(forms) >= MARKED_WORDS_MIN and bool(signs.opens.match(form))


def _form(words: Sequence[_Word], most: int = 8) -> str:
    return " ".join(word.form for word in words[:most])
