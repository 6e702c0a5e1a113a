"""How an article changed from one revision to another, and back to an older one."""

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
_MIDDLE_MAX = 3_000  # lines, or words of a line, that are compared with each other
_PAIRS_MAX = 100_000  # of equal ones: where all are alike, each could be any other


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line; `changed` where the other text has others in their place."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a difference. `kind` is same, removed, added or gap (lines left out that are the same)."""

    kind: str
    pieces: tuple[Piece, ...] = ()


def differences(before: str, after: str) -> list[DiffLine]:
    """What changed, line by line with the changed words marked, and two lines around it. Pure."""
    old, new = before.splitlines(), after.splitlines()
    found: list[DiffLine] = []
    for group in _Comparison(old, new).get_grouped_opcodes(_CONTEXT_LINES):
        if found:
            found.append(DiffLine("gap"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [DiffLine("same", (Piece(text),)) for text in old[i1:i2]]
            else:
                found += _changed(old[i1:i2], new[j1:j2])
    return found


class _Comparison(SequenceMatcher[str]):
    """What begins and ends alike is put aside; a middle with more than _MIDDLE_MAX or _PAIRS_MAX is all changed."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self.sizes = len(old), len(new)
        self.before = _alike(old, new)
        self.after = _alike(old[self.before :][::-1], new[self.before :][::-1])
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


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """With how many of the same both begin."""
    return next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    """Removed lines before added ones; only a line that has a partner shows which words differ."""
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
    """Save an older revision's text as a new revision. The published text stays."""
    note = f"Restored from revision {revision.number}"
    return revise(article, title=revision.title, body=revision.body, author=by, note=note)
