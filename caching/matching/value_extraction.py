"""Extract the values in a text: numbers, amounts, times, codes, names, addresses and links. Pure.

Any capitalised word inside a sentence counts as a name, and one that begins a sentence does unless it is known as an
ordinary word. The extraction prefers too many values over too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from language.characters import composed
from language.normalise import APOSTROPHES
from language.numbers import CURRENCIES, FOREIGN_NUMBER_WORDS, MORE_CURRENCIES, NUMBER_WORDS
from language.words import words_of

Kind = Literal["address", "number", "code", "name", "word"]

_CITATION = re.compile(r"\[\d{1,3}\]")
_SIGNS = str.maketrans({sign: f" {sign} " for sign in "€£$¥%"} | {"|": "\n"} | dict.fromkeys('*`"„«»()[]{}<>#~', " "))
_SPACED_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_SEPARATOR = re.compile(r"[.,']")
_STEP = re.compile(r"\s*(\d{1,2})[.)]\s+")
_EDGES = ".,;:!?…'-–—/&+=_•·¿¡"
_ENDS = (".", "!", "?", ":", "…")
_PARTS = re.compile(r"[-–—/·_]+")
_DIGITS = re.compile(r"\d+(?:[.,:']\d+)*")
_WITH_UNIT = re.compile(r"(\d+(?:[.,:]\d+)*)([^\W\d_]{1,4})")
_FRENCH_TIME = re.compile(r"(\d{1,2})h(\d\d)")
_DOMAIN = re.compile(r"[^\W_][\w-]*(?:\.[\w-]+)*\.[a-z]{2,24}(?:[/?:].*)?", re.IGNORECASE)
_UNITS = words_of(
    "st nd rd th er e x h s kg g mg lb oz cm mm m km ml cl l w v a ah mah wh kwh hz khz ghz kb mb gb tb px am pm eur "
    "usd gbp chf min"
)
_HALF_DAYS = {"am": 0, "a.m": 0, "pm": 12, "p.m": 12}
_HOURS = frozenset({"uhr", "h", "heures", "o'clock", "horas"})
_CURRENCIES = CURRENCIES | MORE_CURRENCIES
_NUMBER_WORDS = {word: value for word, value in NUMBER_WORDS.items() if word not in ("zero", "one")}  # "the red one"
_NUMBER_WORDS |= FOREIGN_NUMBER_WORDS


@dataclass(frozen=True, slots=True)
class Value:
    """One value, or a plain word.

    `keys` are its spellings: two values are equal if they share one. `begins`: it begins a sentence. `called`: a comma
    follows, as after the name of an addressed person.
    """

    kind: Kind
    keys: frozenset[str]
    currency: str = ""
    begins: bool = False
    called: bool = False
    parts: tuple[Value, ...] = field(default=())  # parts of a code such as TX-4471B
    worded: int = 0  # the number, if it is written as a word

    @property
    def key(self) -> str:
        return min(self.keys)


def values(text: str) -> list[Value]:
    """Return every value and every word of a text, in order. Time is linear in the length of the text."""
    result: list[Value] = []
    step = 1
    folded = composed(text).translate(APOSTROPHES)
    for line in _CITATION.sub(" ", folded).translate(_SIGNS).splitlines():
        numbered = _STEP.match(line)
        if numbered and int(numbered[1]) in (1, step):  # a step number has no meaning
            line, step = line[numbered.end() :], int(numbered[1]) + 1
        _read_line(_SPACED_THOUSANDS.sub("", line), result)
    return result


def _read_line(line: str, result: list[Value]) -> None:
    begins, currency = True, ""
    for token in line.split():
        core = token.strip(_EDGES) if not token.startswith("/") else token.rstrip(_EDGES)
        folded = core.casefold()
        if token in _CURRENCIES or folded in _CURRENCIES:
            sign = _CURRENCIES.get(token) or _CURRENCIES[folded]
            if result and not begins and result[-1].kind == "number":
                result[-1] = replace(result[-1], currency=sign)
            else:
                currency = sign
        elif folded in _HALF_DAYS or folded in _HOURS:
            _make_time(result, folded)
        elif core:
            new = list(_of_token(core, begins, token.endswith(",")))
            if currency and new and new[0].kind == "number":
                new[0] = replace(new[0], currency=currency)
            currency = ""
            _append(result, new)
        if core or token in _ENDS:
            begins = token.endswith(_ENDS)


def _append(result: list[Value], new: list[Value]) -> None:
    """Append values, merging "twenty" and "five" into 25."""
    for value in new:
        tens = result[-1].worded if result else 0
        if 20 <= tens < 100 and 0 < value.worded < 10:
            result[-1] = _number_word(tens + value.worded)
        else:
            result.append(value)


def _number_word(number: int) -> Value:
    return Value("number", frozenset({str(number)}), worded=number)


def _make_time(result: list[Value], mark: str) -> None:
    """Turn the last number into a time: "2 pm" is 14:00, and so is "14 Uhr"."""
    if not result or result[-1].kind != "number":
        return
    hour, _, minutes = result[-1].key.partition(":")
    if hour.isdigit() and len(hour) < 3:
        late = int(hour) % 12 + _HALF_DAYS[mark] if mark in _HALF_DAYS else int(hour)
        result[-1] = replace(result[-1], keys=frozenset({f"{late}:{minutes or '00'}"}))


def _of_token(core: str, begins: bool, called: bool) -> Iterator[Value]:
    if "@" in core or "://" in core or core.startswith(("/", "www.")) or _DOMAIN.fullmatch(core):
        yield Value("address", frozenset({core.casefold().rstrip("/")}))
        return
    parts = [part for part in _PARTS.split(core) if part]
    parsed = [_of_part(part.strip(_EDGES), begins and not place, called) for place, part in enumerate(parts)]
    whole = "".join(char for char in core.casefold() if char.isalnum())
    is_mixed = any(char.isdigit() for char in whole) and any(char.isalpha() for char in whole)
    if is_mixed and not (len(parsed) == 1 and parsed[0] and parsed[0].kind == "number"):
        yield Value("code", frozenset({whole}), parts=tuple(value for value in parsed if value))
    else:
        yield from (value for value in parsed if value)


def _of_part(part: str, begins: bool, called: bool) -> Value | None:
    if not part:
        return None
    if _DIGITS.fullmatch(part):
        return Value("number", _number_keys(part))
    if time := _FRENCH_TIME.fullmatch(part):
        return Value("number", frozenset({f"{int(time[1])}:{time[2]}"}))
    if (measured := _WITH_UNIT.fullmatch(part)) and measured[2].casefold() in _UNITS:
        number = [Value("number", _number_keys(measured[1]), _CURRENCIES.get(measured[2].casefold(), ""))]
        if measured[2].casefold() in _HALF_DAYS or measured[2].casefold() in _HOURS:
            _make_time(number, measured[2].casefold())
        return number[0]
    if any(char.isdigit() for char in part):
        return Value("code", frozenset({"".join(char for char in part.casefold() if char.isalnum())}))
    folded = part.removesuffix("'s").casefold()
    if folded in _NUMBER_WORDS:
        return _number_word(_NUMBER_WORDS[folded])
    is_large = any(char.isupper() for char in part)
    return Value("name" if is_large else "word", frozenset({folded}), begins=begins, called=called)


def _number_keys(digits: str) -> frozenset[str]:
    """Return the spellings of a number.

    "2,500", "2.500" and "2'500" are 2500; "4,90" and "4.90" are 4.9; "14:00" is a time; "007" is 7 too.
    """
    if ":" in digits:
        hour, _, minutes = digits.partition(":")
        return frozenset({f"{hour.lstrip('0') or '0'}:{minutes}"})
    first, *rest = _SEPARATOR.split(digits)
    if rest and all(len(part) == 3 for part in rest) and 0 < len(first) <= 3 and first != "0":
        whole = first + "".join(rest)
    elif len(rest) > 1 and all(len(part) == 3 for part in rest[:-1]) and len(rest[-1]) < 3:
        whole = f"{first}{''.join(rest[:-1])}.{rest[-1]}".rstrip("0").rstrip(".")
    elif len(rest) == 1:
        whole = f"{first}.{rest[0]}".rstrip("0").rstrip(".")
    else:
        whole = ".".join([first, *rest])
    return frozenset({whole, whole.lstrip("0") or "0"})
