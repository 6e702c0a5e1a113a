"""Split a message into its questions: "How long is the warranty, and do you ship to Norway?" asks two.

Rule-based and cautious: a message is split only at the end of a sentence, a comma or a conjunction, and only where a
question clearly begins. Statements stay with their question, and a lead-in ("can you tell me, ...") with the question
after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from language.signs.lead_ins import LEAD_INS, LeadIns
from language.signs.questions import QUESTIONS, QuestionSigns

MAX_CHARS = 400  # longer messages usually report something besides the question
MAX_QUESTIONS = 3
WORDS_MIN = 2  # minimum for a question with a question word
MARKED_WORDS_MIN = 3  # minimum for a question with only a question mark
BEFORE_A_COMMA_MIN_WORDS = 4  # "At which age, may I ask" is one question
_WORD = re.compile(r"[^\W_]+|&")
_END = re.compile(
    r"[\n\uff1f]|[.!?;:\u2026]\S{0,3}\s"
)  # followed by a space, otherwise it is inside an address or a number
_STOP = re.compile(r"\uff1f|[.!?;\u2026]\S{0,3}(?:\s|\Z)")  # ends a lead-in
_PAUSE = re.compile(r"[,(\u2013\u2014]|\s-\s")
_OPENING = ("¿", "¡", "“", "„", "«", '"')  # belongs to the following word
_UNMARKED = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})
_AROUND = " \t\r\n,;:-(&\u2013\u2014"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str  # in lower case
    form: str  # in lower case without diacritics
    start: int
    gap: str  # text between the previous word and this one


@dataclass(frozen=True, slots=True)
class _Clause:
    """Word indexes: where the clause begins, with and without its conjunctions."""

    start: int
    first: int
    is_sentence: bool


def questions_in(text: str, language: str) -> tuple[str, ...]:
    """Return at most MAX_QUESTIONS questions, or the message itself unless it certainly asks several."""
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
    """Return the word range of each question; of identical ones only the first."""
    ends = [*(clause.start for clause in asking[1:]), len(words)]
    spans: dict[tuple[str, ...], tuple[int, int]] = {}
    for clause, end in zip(asking, ends[: len(asking)], strict=True):
        spans.setdefault(tuple(word.form for word in words[clause.first : end]), (clause.first, end))
    return list(spans.values())


def _words(text: str) -> list[_Word]:
    result, before = [], 0
    for match in _WORD.finditer(text):
        word = match[0].lower()
        marked = unicodedata.normalize("NFD", word.translate(_UNMARKED))
        form = "".join(char for char in marked if not unicodedata.combining(char))
        start = match.start() - (text[before : match.start()][-1:] in _OPENING)
        result.append(_Word(word, form, start, text[before:start]))
        before = match.end()
    return result


def _asking(words: Sequence[_Word], language: str, text: str) -> list[_Clause]:
    """Return the clauses that ask for something, each including its lead-in."""
    signs, lead_ins = QUESTIONS[language], LEAD_INS[language]
    clauses = list(_clauses(words, signs, lead_ins))
    asking, led_in_by = [], None
    for clause, following in zip_longest(clauses, clauses[1:]):
        end = following.start if following else len(words)
        after = words[end].gap if following else text[words[-1].start + len(words[-1].text) :]
        forms = [word.form for word in words[clause.first : end]]
        is_apart = following is None or following.first > end or bool(_STOP.search(after))
        if _leads_in(forms, lead_ins, is_apart=is_apart):
            led_in_by = led_in_by or clause
        elif _asks(forms, signs, clause, after):
            asking.append(led_in_by or clause)
            led_in_by = None
    return asking


def _leads_in(forms: Sequence[str], lead_ins: LeadIns, *, is_apart: bool) -> bool:
    """Return whether a clause only introduces the next one; `is_apart`: separated by more than a comma."""
    form = " ".join(forms)
    return bool(lead_ins.bare.match(form) or (not is_apart and lead_ins.at_comma.match(form)))


def _clauses(words: Sequence[_Word], signs: QuestionSigns, lead_ins: LeadIns) -> Iterator[_Clause]:
    """Yield every sentence, and within it each beginning of a question after a comma or a conjunction."""
    at = start = 0
    while at < len(words):
        first = _without_conjunctions(words, at, signs)
        form = _form(words[first:])
        is_sentence = at == 0 or bool(_END.search(words[at].gap))
        is_apart = first > at or (
            bool(_PAUSE.search(words[at].gap))
            and (
                _leads_in([word.form for word in words[start:at]], lead_ins, is_apart=False)
                or (at - start >= BEFORE_A_COMMA_MIN_WORDS and not lead_ins.goes_on.match(form))
            )
        )
        if is_sentence or (is_apart and signs.begins.match(form)):
            yield _Clause(at, first, is_sentence)
            start = at
        at = max(first, at + 1)


def _without_conjunctions(words: Sequence[_Word], at: int, signs: QuestionSigns) -> int:
    """Return the index of the first word that is not a conjunction: "puis" is one, but not in "puis-je"."""
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
