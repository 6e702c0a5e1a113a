"""Does a source carry the sentence that names it? Checked after the model has written, without another model.

Three signs, all cheap: a number that the source does not hold, words that mostly stand nowhere in it, and in
English a denial that turns the source's own words round.
What a source says in other words can pass or fail by chance, so a doubt marks a sentence and hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from caching.lexicon import stem
from caching.normalise import words
from caching.vocabulary import FUNCTION_WORDS, LIGHT_WORDS
from conversations.polarity import is_turned_round
from knowledge.terms import language_of

LEAST_SHARE = 0.4
LEAST_WORDS = 3  # fewer telling words prove nothing either way
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_SENTENCE_END = re.compile(r"(?<=[.!?])((?:\s?\[\d{1,3}\])*)\s+(?=[^\s\[])|\n+")
_MARKS = re.compile(r"^\s*\d{1,2}[.)]\s|[*_#>|`]")  # the number of a step claims nothing


class Source(Protocol):
    """What a passage has to show to be compared."""

    title: str
    heading_path: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence that its sources do not carry, and their numbers."""

    sentence: str
    numbers: tuple[int, ...]


def doubts(text: str, sources: Sequence[Source], *, said_before: str = "", locale: str = "") -> list[Doubt]:
    """The sentences that name sources, by the numbers of `sources` from 1, which do not carry them.

    A number may also come from what was `said_before`. Words are compared only with sources in the language
    of the answer, denials only in English; numbers with all.
    """
    found = []
    for sentence in sentences(text):
        named = tuple(int(number) for number in _NUMBER.findall(sentence) if 1 <= int(number) <= len(sources))
        told = [sources[number - 1] for number in named]
        same = all(language_of(source.locale) == language_of(locale) for source in told)
        if named and not (
            carried(sentence, told, said_before=said_before, same_language=same)
            and not _is_denied(sentence, told, locale)
        ):
            found.append(Doubt(sentence, named))
    return found


def sentences(text: str) -> list[str]:
    """Each with the numbers behind it, also where they follow its full stop."""
    return [part.strip() for part in _SENTENCE_END.sub(r"\1\n", text).split("\n") if part.strip()]


def carried(sentence: str, sources: Sequence[Source], *, said_before: str = "", same_language: bool = True) -> bool:
    said = words(_MARKS.sub(" ", _NUMBER.sub(" ", sentence)))
    told = words(" ".join(f"{each.title} {each.heading_path} {each.text}" for each in sources))
    numbers = {word for word in [*told, *words(said_before)] if word[0].isdigit()}
    if any(word[0].isdigit() and word not in numbers for word in said):
        return False
    telling = [stem(w) for w in said if w not in FUNCTION_WORDS and w not in LIGHT_WORDS and not w[0].isdigit()]
    if len(telling) < LEAST_WORDS or not same_language:
        return True
    stems = {stem(word) for word in told}
    return sum(word in stems for word in telling) >= LEAST_SHARE * len(telling)


def _is_denied(sentence: str, sources: Sequence[Source], locale: str) -> bool:
    if any(language_of(each) != "en" for each in (locale, *(source.locale for source in sources))):
        return False
    return is_turned_round(_NUMBER.sub("", sentence), [source.text for source in sources])
