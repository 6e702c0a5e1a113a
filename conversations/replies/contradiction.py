"""Detect a sentence that says the opposite of its source in the source's own words. English only; pure.

Only a sentence that repeats or nearly repeats one of the source is judged. In different words, a correct sentence
may contain a negation for many reasons.
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

LEAST_SHARED = 0.8  # share of the sentence's content words that a source sentence has if it is nearly repeated
LEAST_WORDS = 3  # fewer content words are not judged
_REACH = 4  # words after a negator: the first content word among them is the negated one
# If only one of the sentences has such a word, both may be true: "within 30 days", "not after 30 days".
CONDITIONS = DIRECTIONS | words_of(
    "if unless except only otherwise else once when while although though but however beyond longer either "
    "just even yet still always must more less at least most"
)
_EMPTY = NEGATORS | words_of("do does did")  # auxiliaries that come with a negator: "we add", "we do not add"
_STOP = "."
_SKIPPED = _EMPTY | {_STOP}
_MARKS = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s|[*_#>`]")


@dataclass(frozen=True, slots=True)
class Claim:
    """The parts of a sentence. `telling` are its content words, `denied` the content words after a negator."""

    telling: frozenset[str]
    denials: int
    denied: frozenset[str]
    conditions: frozenset[str]


def is_turned_round(sentence: str, sources: Sequence[str]) -> bool:
    """Return whether the sentence repeats its source with a negation added or removed.

    If it repeats several sentences of the sources, or nearly so, all of them must say the opposite.
    """
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
    """Return the sentences of a text; each cell of a table counts as one."""
    return split(text.replace("|", "\n"), CLAIMS)


@lru_cache(maxsize=2_000)
def heard(text: str) -> tuple[str, ...]:
    """Return the words of a text, with a mark before each sentence."""
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
    """Return whether the source contains the sentence word for word, ignoring sentence boundaries."""
    whole, part = (" ".join(word for word in each if word != _STOP) for each in (told, said))
    return f" {part} " in f" {whole} "


def _repeated(said: tuple[str, ...], told: tuple[str, ...]) -> list[bool]:
    """Return, for each place where `told` has the same words in a row except negations, whether they are negated."""
    wanted = [word for word in said if word not in _SKIPPED]
    places = [place for place, word in enumerate(told) if word not in _SKIPPED]
    found = []
    if len(wanted) < LEAST_WORDS:
        return found
    for first in range(len(places) - len(wanted) + 1):
        if all(told[place] == word for place, word in zip(places[first:], wanted, strict=False)):
            begin = places[first]
            while told[begin - 1] in _EMPTY:  # "do not" comes before the words that it negates
                begin -= 1
            found.append(is_denied(told[begin : places[first + len(wanted) - 1] + 1]))
    return found


def _are_at_odds(claim: Claim, source: Claim) -> bool:
    if (claim.telling ^ source.telling) & denying():
        return False  # "refuse" in one may be "not accept" in the other
    if claim.denials % 2 and not source.denials:
        return claim.conditions == source.conditions
    if not claim.denials and len(source.denied & claim.telling) % 2:
        return claim.conditions <= source.conditions
    return False
