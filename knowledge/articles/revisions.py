"""Compare two revisions of an article, and restore an older one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth.models import User

from knowledge.articles.publishing import revise
from knowledge.models import Article, Revision

_WORDS = re.compile(r"\s+|[^\s]+")
_CONTEXT_LINES = 2
_MIDDLE_MAX = 3_000  # lines, or words of a line, to compare
_PAIRS_MAX = 100_000  # pairs of equal ones: with many repetitions all would pair with all


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line; `changed` if the other text differs there."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff. `kind` is same, removed, added or gap (unchanged lines left out)."""

    kind: str
    pieces: tuple[Piece, ...] = ()


def differences(before: str, after: str) -> list[DiffLine]:
    """Return a line diff with changed words marked and two lines of context. Pure."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[DiffLine] = []
    for group in _Comparison(old, new).get_grouped_opcodes(_CONTEXT_LINES):
        if lines:
            lines.append(DiffLine("gap"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [DiffLine("same", (Piece(text),)) for text in old[i1:i2]]
            else:
                lines += _changed(old[i1:i2], new[j1:j2])
    return lines


class _Comparison(SequenceMatcher[str]):
    """Ignores the common beginning and end. A middle above _MIDDLE_MAX or _PAIRS_MAX counts as changed throughout."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self.sizes = len(old), len(new)
        self.before = _common_length(old, new)
        self.after = _common_length(old[self.before :][::-1], new[self.before :][::-1])
        left, right = (each[self.before : len(each) - self.after] for each in (old, new))
        times = Counter(right)
        too_much = max(len(left), len(right)) > _MIDDLE_MAX or sum(times[each] for each in left) > _PAIRS_MAX
        super().__init__(None, [] if too_much else left, [] if too_much else right, autojunk=False)
        self.middle = [("replace", 0, len(left), 0, len(right))] if too_much else None

    def get_opcodes(self) -> list[Any]:
        (old, new), before, after = self.sizes, self.before, self.after
        middle = [
            (tag, i1 + before, i2 + before, j1 + before, j2 + before)
            for tag, i1, i2, j1, j2 in self.middle or super().get_opcodes()
        ]
        first = [("equal", 0, before, 0, before)] if before else []
        last = [("equal", old - after, old, new - after, new)] if after else []
        return first + middle + last


def _common_length(old: Sequence[str], new: Sequence[str]) -> int:
    """Return the length of the common beginning."""
    return next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    """Yield removed lines before added ones. Only lines with a counterpart show which words differ."""
    pairs = [_words(a, b) for a, b in zip(old, new, strict=False)]
    for i, text in enumerate(old):
        yield DiffLine("removed", pairs[i][0] if i < len(pairs) else (Piece(text),))
    for i, text in enumerate(new):
        yield DiffLine("added", pairs[i][1] if i < len(pairs) else (Piece(text),))


def _words(a: str, b: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    old, new = _WORDS.findall(a), _WORDS.findall(b)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in _Comparison(old, new).get_opcodes():
        left.append(Piece("".join(old[i1:i2]), tag != "equal"))
        right.append(Piece("".join(new[j1:j2]), tag != "equal"))
    return tuple(p for p in left if p.text), tuple(p for p in right if p.text)


def restore(article: Article, revision: Revision, by: User) -> Article:
    """Save an older revision's text as a new revision. The published text does not change."""
    note = f"Restored from revision {revision.number}"
    return revise(article, title=revision.title, body=revision.body, author=by, note=note)
