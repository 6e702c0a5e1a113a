"""Replace personal data in a text with its kind, such as "[e-mail address]", and report what could not be replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from language import personal_data
from language.characters import composed
from language.identifiers import Kind, find
from language.identifiers.labelled import PLATE
from language.personal_names import names
from language.stop_words import FUNCTION_WORDS
from language.street_addresses import addresses

Span = tuple[int, int]
KNOWN_MIN_CHARS = 3  # shorter parts of a name are also words
_TOKEN = re.compile(r"\S+")
_GENITIVE = re.compile(r"'?s\b", re.IGNORECASE)
_VALUE = re.compile(r"[#\w/-]+")


@dataclass(frozen=True, slots=True)
class Masked:
    """`replaced` are the kinds of data that were masked; `remaining` a kind still in the text, or None."""

    text: str
    replaced: tuple[str, ...]
    remaining: str | None


def masked(text: str, personal_words: Iterable[str] = (), most: int = personal_data.MAX_CHARS) -> Masked:
    """Mask everything that `personal_data_in` finds in a text, and `personal_words`: words known to identify a person.

    A text longer than the detection reads is cut first. A text that becomes longer than `most` is cut there or, if it
    was longer before, at its former length.
    """
    most = max(most, len(text := text[: personal_data.MAX_CHARS]))
    text = _plain(text)
    replaced: list[str] = []
    for kind, label, spans in (("a name or id of the customer's", "name", _personal_spans(personal_words)), *_FINDERS):
        matches = sorted(set(spans(text)))
        if matches:
            replaced.append(kind)
            text = _without(text, matches, f"[{label}]")
    text = text[:most]
    return Masked(text, tuple(dict.fromkeys(replaced)), personal_data.personal_data_in(text))


def _plain(text: str) -> str:
    return composed(text).replace("\u2019", "'")


def _without(text: str, spans: Iterable[Span], label: str) -> str:
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [text[at:start], label]
        at = max(at, end)
    return "".join([*parts, text[at:]])


def _personal_spans(words: Iterable[str]) -> Callable[[str], Iterator[Span]]:
    texts = [_plain(each) for each in words]
    parts = {part for text in texts for part in text.split() if part not in FUNCTION_WORDS}
    wanted = {word.casefold() for word in (*texts, *parts) if len(word) >= KNOWN_MIN_CHARS}

    def spans(text: str) -> Iterator[Span]:
        longest_first = sorted(wanted, key=len, reverse=True)
        for match in re.finditer("|".join(re.escape(word) for word in longest_first), text, re.IGNORECASE):
            genitive = _GENITIVE.match(text, match.end())
            end = genitive.end() if genitive else match.end()
            before, after = text[match.start() - 1 : match.start()], text[end : end + 1]
            if not (before.isalnum() or after.isalnum()):
                yield match.start(), end

    return spans if wanted else lambda text: iter(())


def _tokens(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Yield the whole words, up to white space, around each match; the pattern matches no white space."""

    def spans(text: str) -> Iterator[Span]:
        for token in _TOKEN.finditer(text):
            if pattern.search(token.group()):
                yield token.start(), token.start() + len(token.group().rstrip(".,;:!?)\"'"))

    return spans


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    """Yield what the groups of the pattern match, or the whole match."""
    return lambda text: (match.span(match.lastindex or 0) for match in pattern.finditer(text))


def _numbers(text: str) -> Iterator[Span]:
    """Yield the part with digits of "order no. 12-77b"; the words before it say what the question is about."""
    for match in personal_data.NUMBERED.finditer(text):
        more = personal_data.MORE_OF_A_NUMBER.match(text, match.end())
        for value in _VALUE.finditer(text, match.start(), match.end()):
            if any(character.isdigit() for character in value.group()):
                yield value.start(), more.end() if more else match.end()
                break


def _secrets(text: str) -> Iterator[Span]:
    """Yield secrets including the "is" before them."""
    for match in personal_data.SECRET.finditer(text):
        if token := _TOKEN.search(text, match.end()):
            last = 1 if match.group()[-1] in ":=" else len(_last_word(match.group()))
            yield match.end() - last, token.end()


def _last_word(text: str) -> str:
    return text[text.rfind(" ") + 1 :]


def _long_numbers(text: str) -> Iterator[Span]:
    """Yield long numbers other than dates."""
    without_dates = personal_data.SPACED_DATE.sub(lambda date: "-" * len(date.group()), text)
    return (match.span() for match in personal_data.LONG_NUMBER.finditer(without_dates))


def _certain(kind: Kind) -> Callable[[str], Iterator[Span]]:
    return lambda text: ((found.start, found.end) for found in find(text) if found.kind == kind)


# For what the patterns before leave.
LABELS = {
    Kind.EMAIL: "e-mail address",
    Kind.PHONE: "number",
    Kind.IBAN: "number",
    Kind.CARD: "number",
    Kind.ID: "number",
    Kind.NUMBER: "number",
    Kind.ADDRESS: "street",
    Kind.NAME: "name",
    Kind.PASSWORD: "secret",
    Kind.KEY: "secret",
    Kind.IP: "IP address",
}
_FINDERS: tuple[tuple[str, str, Callable[[str], Iterator[Span]]], ...] = (
    ("an e-mail address", "e-mail address", _tokens(personal_data.EMAIL)),
    ("an e-mail address", "e-mail address", _matches(personal_data.SPELT_EMAIL)),
    ("an address on the web", "web address", _tokens(personal_data.WEB)),
    ("a name on a network", "name", _matches(personal_data.HANDLE)),
    ("an IP address", "IP address", _matches(personal_data.ADDRESS_LIKE)),
    ("a code of somebody's own", "number", _matches(personal_data.IBAN)),
    ("a licence plate", "plate", _matches(PLATE)),
    ("a number of somebody's own", "number", _matches(personal_data.ON_A_CARD)),
    ("a number of somebody's own", "number", _numbers),
    ("a number of somebody's own", "secret", _secrets),
    ("a long number", "number", _long_numbers),
    ("a code of somebody's own", "code", _matches(personal_data.CODE)),
    ("a street", "street", addresses),
    ("a name", "name", names),
    *((personal_data.KINDS[kind], LABELS[kind], _certain(kind)) for kind in Kind),
)
