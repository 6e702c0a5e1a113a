"""Check, without a model, that a sentence says only what its source says.

Two checks. The coarse one, for any summary: every number, id, name, date and amount is in the source. The fine one, for
model output: the sentence must also consist of the words of one or two notes, with the same polarity and speaker,
because small models keep the numbers and reverse the meaning ("has to pay for the return" for "return shipping is
free").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from conversations.context.clause_splitting import content_stems
from conversations.context.entity_patterns import keys_in, numbers_in
from conversations.context.extractive_summary import Note
from language import sentences
from language.negation import negated

# Reporting words; they claim nothing themselves.
_REPORTING = frozenset(
    content_stems(
        "customer agent assistant support company shop user client person said says asked asks reported reports "
        "requested requests wants wanted"
        " states stated informed told explained confirmed confirms advised offered mentioned noted wrote "
        "answered issue tried decided promised open noted"
    )
)
_LEAST_SUPPORT = 0.85
_OF_CUSTOMER, _OF_AGENT = (
    re.compile(r"^\W*(?:the )?customer\b", re.I),
    re.compile(r"^\W*(?:the )?(?:agent|assistant|support|shop|company|we)\b", re.I),
)
_WORD, _DIGITS, _PART_END = re.compile(r"\w+"), re.compile(r"\d+"), re.compile(r";\s+")
_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w'’&-]+|\b\w*[a-z][A-Z]\w*\b")
_OWNING = ("'s", "’s")
_LABEL = re.compile(r"^(?:issue|tried|decided|promised|open|noted|also|since then):\s*", re.I)


class _Held(NamedTuple):
    """The content of a source that a sentence may repeat."""

    numbers: frozenset[str]
    words: frozenset[str]
    keys: frozenset[str]


@lru_cache(maxsize=64)  # many sentences are compared with one source
def _held_by(source: str, catalogue: tuple[str, ...]) -> _Held:
    words = frozenset(_WORD.findall(source.lower()))
    return _Held(frozenset(numbers_in(source)), words, frozenset(keys_in(source, catalogue)))


def unsupported_values(sentence: str, source: str, catalogue: Iterable[str] = ()) -> list[str]:
    """Return what the sentence has and the source lacks: numbers, ids, dates, amounts and names."""
    claim, catalogue = _LABEL.sub("", sentence), tuple(catalogue)
    content = _held_by(source, catalogue)
    missing = sorted(numbers_in(claim) - content.numbers)
    missing += [name for name in _capitalised(claim) if not set(_WORD.findall(name.lower())) <= content.words]
    for key in sorted(keys_in(claim, catalogue) - content.keys):
        kind, _, value = key.partition(":")
        # Outside its clause a value may be classified as another kind; its words are still in the source.
        if kind in {"money", "date", "time", "percent"} and not _stands_in(value, kind, source):
            missing.append(key)
    return missing


def _stands_in(value: str, kind: str, source: str) -> bool:
    if kind in {"money", "percent"}:
        return False
    digits = _DIGITS.findall(value)
    return not digits and value in source.lower()


def unsupported_sentences(text: str, source: str, catalogue: Iterable[str] = ()) -> list[str]:
    """Return the sentences of a summary that contain a value the source lacks."""
    parts = [part for line in text.splitlines() for part in _PART_END.split(line)]
    return [part for part in parts if unsupported_values(part, source, catalogue)]


def _capitalised(text: str) -> list[str]:
    """Return words written as names: capitalised, and not at the beginning of a sentence or a clause."""
    names = []
    for sentence in sentences.split(text, sentences.MESSAGE):
        for name in _NAME.findall(sentence):
            names.append(name[:-2] if name.endswith(_OWNING) else name)
    return names


def note_behind(sentence: str, notes: Sequence[Note]) -> Note | None:
    """Return the note that the sentence faithfully restates, or None: then the sentence is dropped."""
    stems = set(content_stems(sentence)) - _REPORTING
    if not stems or not notes:
        return None
    best = max(notes, key=lambda note: (len(note.stems & stems), -len(note.stems)))
    if len(best.stems & stems) / len(stems) < _LEAST_SUPPORT:
        return None
    if unsupported_values(sentence, best.clause.text) or negated(sentence) != negated(best.clause.text):
        return None
    return best if _speaker_agrees(sentence, best.clause.role) else None


def _speaker_agrees(sentence: str, role: str) -> bool:
    if _OF_CUSTOMER.match(sentence):
        return role in {"customer", "user"}
    if _OF_AGENT.match(sentence):
        return role not in {"customer", "user"}
    return True
