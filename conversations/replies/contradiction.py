"""Does a sentence say the opposite of its source, in the source's own words? English; pure.

Only what repeats or nearly repeats a sentence of the source is judged: in other words, a thing may rightly be
denied in many ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from language.negation import NEGATORS, denying, is_denied
from language.normalise import words
from language.sentences import CLAIMS, split
from language.stop_words import FUNCTION_WORDS
from language.wordnet import stem
from language.words import DIRECTIONS, LIGHT_WORDS, words_of

LEAST_SHARED = 0.8  # of the sentence's telling words, that a sentence of the source has which it nearly repeats
LEAST_WORDS = 3  # of fewer, nothing can be said
_REACH = 4  # words behind a denial, among which the first telling one is what it denies
# Where one side has such a word and the other has not, both may be true: "within 30 days", "not after 30 days".
CONDITIONS = DIRECTIONS | words_of(
    "if unless except only otherwise else once when while although though but however beyond longer either "
    "just even yet still always must more less at least most"
)
_EMPTY = NEGATORS | words_of("do does did")  # a denial brings them along: "we add", "we do not add"
_STOP = "."
_SKIPPED = _EMPTY | {_STOP}
_MARKS = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s|[*_#>`]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence taken apart. `denied` are the telling words that a denial stands before."""

    telling: frozenset[str]
    denials: int
    denied: frozenset[str]
    conditions: frozenset[str]


def is_turned_round(sentence: str, sources: Sequence[str]) -> bool:
    """Whether it stands in a source but for a denial, or all that it nearly repeats there says the opposite."""
    said = heard(sentence)
    if any(_stands_in(said, heard(source)) for source in sources):
        return False
    repeated = [denied for source in sources for denied in _repeated(said, heard(source))]
    if repeated:
        return all(denied != is_denied(said) for denied in repeated)
    claim = read(sentence)
    if len(claim.telling) < LEAST_WORDS:
        return False
    told = [read(part) for source in sources for part in _claims(source) if not part.endswith("?")]
    near = [each for each in told if len(claim.telling & each.telling) >= LEAST_SHARED * len(claim.telling)]
    return bool(near) and all(_are_at_odds(claim, each) for each in near)


def _claims(text: str) -> list[str]:
    """Its sentences; the cells of a table are one each."""
    return split(text.replace("|", "\n"), CLAIMS)


@lru_cache(maxsize=2_000)
def heard(text: str) -> tuple[str, ...]:
    """Its words, with a mark between sentences."""
    return tuple(word for part in _claims(text) for word in (_STOP, *words(_MARKS.sub(" ", part))))


@lru_cache(maxsize=4_000)
def read(sentence: str) -> Claim:
    said = heard(sentence)
    places = [place for place, word in enumerate(said) if word in NEGATORS]
    behind = [[w for w in said[place + 1 : place + 1 + _REACH] if _is_telling(w)] for place in places]
    return Claim(
        telling=frozenset(stem(word) for word in said if _is_telling(word)),
        denials=len(places),
        denied=frozenset(stem(found[0]) for found in behind if found),
        conditions=CONDITIONS & frozenset(said),
    )


def _is_telling(word: str) -> bool:
    closed = word in FUNCTION_WORDS or word in LIGHT_WORDS or word in NEGATORS or word == _STOP
    return not closed and not word[0].isdigit()


def _stands_in(said: Sequence[str], told: Sequence[str]) -> bool:
    """Word for word, wherever the source's sentences begin and end."""
    whole, part = (" ".join(word for word in each if word != _STOP) for each in (told, said))
    return f" {part} " in f" {whole} "


def _repeated(said: tuple[str, ...], told: tuple[str, ...]) -> list[bool]:
    """Where `told` says the same words one after the other, but for denials: whether it denies them there."""
    wanted = [word for word in said if word not in _SKIPPED]
    places = [place for place, word in enumerate(told) if word not in _SKIPPED]
    found = []
    if len(wanted) < LEAST_WORDS:
        return found
    for first in range(len(places) - len(wanted) + 1):
        if all(told[place] == word for place, word in zip(places[first:], wanted, strict=False)):
            begin = places[first]
            while told[begin - 1] in _EMPTY:  # "do not" stands before what it denies
                begin -= 1
            found.append(is_denied(told[begin : places[first + len(wanted) - 1] + 1]))
    return found


def _are_at_odds(claim: Claim, source: Claim) -> bool:
    if (claim.telling ^ source.telling) & denying():
        return False  # "refuse" here may be "not accept" there
    if claim.denials % 2 and not source.denials:
        return claim.conditions == source.conditions
    if not claim.denials and len(source.denied & claim.telling) % 2:
        return claim.conditions <= source.conditions
    return False
