"""A passage cut into sentences, list items and rows, and the one to four of them that a row shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from training.reader.corpora import Passage

_END = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+(?=[\"'(\[*_]*[A-ZÀ-Þ0-9¿¡])")
_WORD = re.compile(r"\w+")
MAX_UNIT_WORDS = 60


@dataclass(frozen=True, slots=True)
class Unit:
    text: str
    start: int
    end: int


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def units(text: str) -> list[Unit]:
    """Lines, and the sentences within them, with their place in the text."""
    found: list[Unit] = []
    place = 0
    for line in text.split("\n"):
        start = 0
        for end in [*(match.start() for match in _END.finditer(line)), len(line)]:
            piece = line[start:end].strip()
            if piece:
                found.append(Unit(piece, place + start, place + end))
            start = end
        place += len(line) + 1
    return found


def holds(unit: Unit, passage: Passage) -> bool:
    return passage.start >= 0 and unit.start < passage.end and passage.start < unit.end


def anchor(question: str, passage: Passage, parts: Sequence[Unit], rarity: dict[str, float]) -> int:
    """The place of the answer, or else of the sentence that shares most with the question, the first of equals."""
    for place, unit in enumerate(parts):
        if holds(unit, passage):
            return place
    asked = set(words(question))
    scores = [sum(rarity.get(word, 1.0) for word in asked & set(words(unit.text))) for unit in parts]
    return max(range(len(parts)), key=lambda place: (scores[place], -place))


def window(parts: Sequence[Unit], place: int, limit_words: int, lead: int) -> list[Unit]:
    """The units around `place`, up to the limit: `lead` of them before it, then those after, then those before."""
    first = last = place
    size = len(parts[place].text.split())
    order = [-1] * lead + [1] * 3 + [-1] * 2
    for step in order:
        at = first - 1 if step < 0 else last + 1
        if not 0 <= at < len(parts):
            continue
        more = len(parts[at].text.split())
        if size + more > limit_words:
            continue
        size += more
        first, last = min(first, at), max(last, at)
    return list(parts[first : last + 1])
