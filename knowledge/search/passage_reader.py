"""Let the reader judge the best passages: how likely is each to answer the question?

Of each passage a window is read, around what is nearest to the question by meaning and words. READER=off, or weights
that cannot be loaded, leave the passages unread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.llm import registry
from assistant.llm.engines.base import EngineUnavailable
from assistant.llm.engines.reader import Excerpt, Judgement
from knowledge.indexing.markdown_text import plain
from knowledge.indexing.quotable_units import Unit, units
from language.tokenizing import terms

if TYPE_CHECKING:
    from knowledge.search.retrievers import Candidate  # which needs Django's apps, and training has none

PASSAGES_READ = 6  # of eight, whether to decline is told no better
WINDOW_WORDS = 55
WHOLE_WORDS = 40  # a list or a table of more words is read by its lines
WORDS_WEIGHT = 0.3
_STEPS = (1, -1, 1, -1, 1, -1)  # how a window grows: the next part, then the one before


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a unit, or the whole of a short one, as it is read."""

    unit: int  # its place among the units of the passage
    text: str


def reads(language: str) -> bool:
    """Whether there is a reader of this language."""
    reader = registry.reader()
    return reader is not None and not reader.is_missing and language[:2] in reader.languages


def read(
    question: str, passages: Sequence[Candidate], cosines: Mapping[int, Mapping[str, float]]
) -> list[Judgement] | None:
    """Judge each passage; None without a reader. `cosines` of their sentences, by chunk and text, where known."""
    reader = registry.reader()
    if reader is None:
        return None
    asked = set(terms(plain(question), "en"))
    excerpts = [excerpt_of(c.title, c.heading_path, c.text, asked, cosines.get(c.chunk_id, {})) for c in passages]
    try:
        return reader.read(question, excerpts)
    except EngineUnavailable:  # logged when it could not be loaded
        return None


def excerpt_of(title: str, heading_path: str, markdown: str, asked: Set[str], cosines: Mapping[str, float]) -> Excerpt:
    """The window of a passage that is read. `asked`: the question's terms; `cosines` by the text of the unit."""
    found = units(markdown) or [Unit(markdown, "", 0)]
    shown = window(parts_of(found), asked, [cosines.get(unit.text, 0.0) for unit in found])
    if not shown:
        return Excerpt((title,), title)
    heading = found[shown[0].unit].heading or heading_path
    return Excerpt(tuple(part.text for part in shown), f"{title} > {heading}" if heading else title)


def parts_of(found: Sequence[Unit]) -> list[Part]:
    parts: list[Part] = []
    for number, unit in enumerate(found):
        lines = [" ".join(line.split()) for line in plain(unit.text).split("\n")]
        whole = " ".join(lines)
        parts += [Part(number, line) for line in (lines if len(whole.split()) > WHOLE_WORDS else [whole]) if line]
    return parts


def window(parts: Sequence[Part], asked: Set[str], cosines: Sequence[float]) -> Sequence[Part]:
    """The part nearest by meaning and words, with its neighbours, up to the limit. `cosines` are of the units."""
    if not parts:
        return parts
    scores = [
        (1 - WORDS_WEIGHT) * cosines[part.unit]
        + WORDS_WEIGHT * len(asked & set(terms(part.text, "en"))) / max(1, len(asked))
        for part in parts
    ]
    first = last = max(range(len(parts)), key=lambda i: scores[i])
    size = len(parts[first].text.split())
    for step in _STEPS:
        at = first - 1 if step < 0 else last + 1
        if 0 <= at < len(parts) and size + len(parts[at].text.split()) <= WINDOW_WORDS:
            size += len(parts[at].text.split())
            first, last = min(first, at), max(last, at)
    return parts[first : last + 1]
