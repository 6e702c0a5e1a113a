"""Order the words that OCR found on a picture: rows from the top, and from the left in a row. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_SAME_ROW = 0.5  # of the lower one's height must two boxes overlap
_COLUMN_GAP = 1.0  # of the height, from which two boxes of a row are columns
COLUMNS = "  "


@dataclass(frozen=True, slots=True)
class Box:
    """Words at a position of the picture, in pixels; `confidence` from 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    confidence: float

    @property
    def height(self) -> float:
        return max(self.bottom - self.top, 1.0)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def rows(boxes: Iterable[Box]) -> list[list[Box]]:
    """Return the boxes by row, so that a label and the price at the end of its row stay together."""
    found: list[list[Box]] = []
    for box in sorted(boxes, key=lambda each: each.middle):
        if found and _overlap(found[-1][-1], box) >= _SAME_ROW:
            found[-1].append(box)
        else:
            found.append([box])
    return [sorted(row, key=lambda each: each.left) for row in found]


def text_of(boxes: Iterable[Box]) -> str:
    """Return one line per row, with two spaces between columns."""
    return "\n".join(_line(row) for row in rows(boxes))


def confidence_of(boxes: Iterable[Box]) -> float:
    """Return the mean confidence over all characters."""
    counted = [(len(box.text), box.confidence) for box in boxes]
    chars = sum(length for length, _ in counted)
    return sum(length * confidence for length, confidence in counted) / chars if chars else 0.0


def _overlap(one: Box, other: Box) -> float:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared / min(one.height, other.height)


def _line(row: list[Box]) -> str:
    line = row[0].text.strip()
    for before, box in pairwise(row):
        is_column = box.left - before.right > _COLUMN_GAP * min(before.height, box.height)
        line += (COLUMNS if is_column else " ") + box.text.strip()
    return line
