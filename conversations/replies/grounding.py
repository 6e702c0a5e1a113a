"""Check without another model whether a cited source supports the sentence that cites it.

Three cheap signs of missing support: a number that the source lacks, words that are mostly not in the source, and, in
English, a negation that reverses the source's own words. A paraphrase can pass or fail by chance, so a doubt only marks
a sentence and hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from conversations.replies.contradiction import is_turned_round
from language.normalise import words
from language.sentences import CITED, split
from language.stop_words import FUNCTION_WORDS
from language.tokenizing import language_of
from language.wordnet import stem
from language.words import LIGHT_WORDS

LEAST_SHARE = 0.4
LEAST_WORDS = 3  # fewer content words prove nothing either way
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_MARKS = re.compile(r"^\s*\d{1,2}[.)]\s|[*_#>|`]")  # the number of a step is not a claim


class Source(Protocol):
    """The fields of a passage that are compared."""

    title: str
    heading_path: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence that its cited sources do not support, and their numbers."""

    sentence: str
    numbers: tuple[int, ...]


def doubts(text: str, sources: Sequence[Source], *, said_before: str = "", locale: str = "") -> list[Doubt]:
    """Return the sentences whose cited sources do not support them. `sources` are numbered from 1.

    A number may also come from `said_before`. Words are compared only with sources in the language of the answer,
    negations only in English, numbers with all sources.
    """
    found = []
    read = _Reading(said_before)
    for sentence in split(text, CITED):
        numbers = dict.fromkeys(int(number) for number in _NUMBER.findall(sentence))
        named = tuple(number for number in numbers if 1 <= number <= len(sources))
        told = [sources[number - 1] for number in named]
        same = all(language_of(source.locale) == language_of(locale) for source in told)
        if named and not (
            _is_carried(sentence, read.of(named, told), same_language=same) and not _is_denied(sentence, told, locale)
        ):
            found.append(Doubt(sentence, named))
    return found


class _Told(NamedTuple):
    """The stems of all cited sources, and their numbers with those of earlier messages."""

    numbers: frozenset[str]
    stems: frozenset[str]


class _Reading:
    """Reads each set of sources only once, however many sentences cite it."""

    def __init__(self, said_before: str) -> None:
        self.said_before = [word for word in words(said_before) if word[0].isdigit()]
        self.read: dict[tuple[int, ...], _Told] = {}

    def of(self, named: tuple[int, ...], sources: Sequence[Source]) -> _Told:
        if named not in self.read:
            told = words(" ".join(f"{each.title} {each.heading_path} {each.text}" for each in sources))
            numbers = frozenset(word for word in told if word[0].isdigit())
            self.read[named] = _Told(numbers.union(self.said_before), frozenset(stem(word) for word in told))
        return self.read[named]


def _is_carried(sentence: str, told: _Told, *, same_language: bool) -> bool:
    said = words(_MARKS.sub(" ", _NUMBER.sub(" ", sentence)))
    if any(word[0].isdigit() and word not in told.numbers for word in said):
        return False
    telling = [stem(w) for w in said if w not in FUNCTION_WORDS and w not in LIGHT_WORDS and not w[0].isdigit()]
    if len(telling) < LEAST_WORDS or not same_language:
        return True
    return sum(word in told.stems for word in telling) >= LEAST_SHARE * len(telling)


def _is_denied(sentence: str, sources: Sequence[Source], locale: str) -> bool:
    if any(language_of(each) != "en" for each in (locale, *(source.locale for source in sources))):
        return False
    return is_turned_round(_NUMBER.sub("", sentence), [source.text for source in sources])
