"""Score the best passages with the reader: how likely does each answer the question?

The reader reads a window of each passage, around the part nearest to the question by meaning and words. With
READER=off, or if the weights cannot be loaded, there are no scores.
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
    from knowledge.search.retrievers import Candidate  # needs Django's apps, which training does not have

PASSAGES_READ = 6  # of eight; more do not improve the decision to decline
WINDOW_WORDS = 55
WHOLE_WORDS = 40  # longer lists and tables are read line by line
WORDS_WEIGHT = 0.3
_STEPS = (1, -1, 1, -1, 1, -1)  # how a window grows: the next part, then the previous one


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a unit, or a whole short unit."""

    unit: int  # index of the unit in the passage
    text: str


def reads(language: str) -> bool:
    """Return whether there is a reader for this language."""
    reader = registry.reader()
    return reader is not None and not reader.is_missing and language[:2] in reader.languages


def read(
    question: str, passages: Sequence[Candidate], cosines: Mapping[int, Mapping[str, float]]
) -> list[Judgement] | None:
    """Score each passage; None without a reader. `cosines` of known sentences are by chunk and text."""
    reader = registry.reader()
    if reader is None:
        return None
    question_terms = set(terms(plain(question), "en"))
    excerpts = [
        excerpt_of(c.title, c.heading_path, c.text, question_terms, cosines.get(c.chunk_id, {})) for c in passages
    ]
    try:
        return reader.read(question, excerpts)
    except EngineUnavailable:  # logged when loading failed
        return None


def excerpt_of(
    title: str, heading_path: str, markdown: str, question_terms: Set[str], cosines: Mapping[str, float]
) -> Excerpt:
    """Return the window of a passage to read. `question_terms` are the question's terms; `cosines` are by unit text."""
    all_units = units(markdown) or [Unit(markdown, "", 0)]
    chosen = window(parts_of(all_units), question_terms, [cosines.get(unit.text, 0.0) for unit in all_units])
    if not chosen:
        return Excerpt((title,), title)
    heading = all_units[chosen[0].unit].heading or heading_path
    return Excerpt(tuple(part.text for part in chosen), f"{title} > {heading}" if heading else title)


def parts_of(all_units: Sequence[Unit]) -> list[Part]:
    parts: list[Part] = []
    for number, unit in enumerate(all_units):
        lines = [" ".join(line.split()) for line in plain(unit.text).split("\n")]
        whole = " ".join(lines)
        parts += [Part(number, line) for line in (lines if len(whole.split()) > WHOLE_WORDS else [whole]) if line]
    return parts


def window(parts: Sequence[Part], question_terms: Set[str], cosines: Sequence[float]) -> Sequence[Part]:
    """Return the part nearest by meaning and words, with neighbours up to the limit. `cosines` are per unit."""
    if not parts:
        return parts
    scores = [
        (1 - WORDS_WEIGHT) * cosines[part.unit]
        + WORDS_WEIGHT * len(question_terms & set(terms(part.text, "en"))) / max(1, len(question_terms))
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
