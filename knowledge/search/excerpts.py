"""The excerpt of a passage to quote: complete steps, a table with its header, the heading above it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge.indexing.chunking import Block, Heading, items
from knowledge.indexing.quotable_units import sentences

ROWS_SHARE = 0.8  # rows of a too long table that score at least this share of the best row


def excerpt(passage: str, scores: Mapping[str, float], max_words: int) -> str:
    """Return the Markdown around the best unit of a passage, about `max_words` words.

    `scores` are by the text of each unit, as from `quotable_units.units`. The block with the best unit is not split if
    it is a list of steps; neighbouring blocks are added while they fit, the next one first.
    """
    parts = list(items(passage))
    best = max(scores, key=lambda text: scores[text])
    blocks = [(i, part) for i, part in enumerate(parts) if isinstance(part, Block)]
    exact = (i for i, block in blocks if best in _rows(block))  # another table may have the same row
    at = next(exact, None)
    if at is None:
        at = next((i for i, block in blocks if _holds(block, best)), None)
    if at is None:
        return best
    first, last = _lead(parts, at), at
    whole = _shortened(parts[at], scores, max_words)
    if whole == _text(parts[at]):
        first, last = _grown(parts, first, at, max_words)
    texts = [whole if i == at else _text(parts[i]) for i in range(first, last + 1)]
    return "\n\n".join([*_heading_above(parts, first), *filter(None, texts)])


def _holds(block: Block, unit: str) -> bool:
    return unit in block.text or unit.split("\n")[-1] in block.text.split("\n") or unit.endswith(block.text)


def _rows(block: Block) -> list[str]:
    """Return the rows of a table as from `quotable_units.units`; may be empty."""
    return [f"{block.header}\n{row}" for row in block.parts] if block.kind == "table" else []


def _text(part: Heading | Block) -> str:
    return part.text if isinstance(part, Block) else f"**{part.title}**"


def _lead(parts: Sequence[Heading | Block], at: int) -> int:
    """Return where to begin, so that the introduction ("To send it back:") is included."""
    before = parts[at - 1] if at else None
    return at - 1 if isinstance(before, Block) and before.text.rstrip(" *_").endswith(":") else at


def _grown(parts: Sequence[Heading | Block], first: int, last: int, max_words: int) -> tuple[int, int]:
    left = max_words - sum(_words(parts[i]) for i in range(first, last + 1))
    while True:
        if last + 1 < len(parts) and _words(parts[last + 1]) <= left:
            last += 1
            left -= _words(parts[last])
        elif first > 0 and _words(parts[first - 1]) <= left:
            first -= 1
            left -= _words(parts[first])
        else:
            break
    while isinstance(parts[last], Heading):
        last -= 1
    return first, last


def _words(part: Heading | Block) -> int:
    return len(_text(part).split())


def _heading_above(parts: Sequence[Heading | Block], first: int) -> list[str]:
    if isinstance(parts[first], Heading):
        return []
    above = [part for part in parts[:first] if isinstance(part, Heading)]
    return [_text(above[-1])] if above else []


def _shortened(block: Heading | Block, scores: Mapping[str, float], max_words: int) -> str:
    """Return the block whole if it fits or is a list of steps, else its best rows, items or sentences."""
    assert isinstance(block, Block)
    if block.kind == "table" and block.parts:
        rows = {
            row: max((score for text, score in scores.items() if text.endswith(row)), default=0.0)
            for row in block.parts
        }
        return "\n".join([block.header, *_best(rows, max_words)])
    if block.words <= max_words or block.kind in ("ordered_list", "fence", "code_block"):
        return block.text
    if block.kind == "bullet_list":
        return "\n".join(_best({part: scores.get(part.strip(), 0.0) for part in block.parts}, max_words))
    return " ".join(_window({text: scores.get(text, 0.0) for text in sentences(block.text)}, max_words))


def _best(scores: Mapping[str, float], max_words: int) -> list[str]:
    """Return the parts that score nearly as high as the best, in reading order."""
    ranked = sorted(scores, key=lambda part: -scores[part])
    chosen, left = {ranked[0]}, max_words - len(ranked[0].split())
    for part in ranked[1:]:
        left -= len(part.split())
        if left < 0 or scores[part] < ROWS_SHARE * scores[ranked[0]]:
            break
        chosen.add(part)
    return [part for part in scores if part in chosen]


def _window(scores: Mapping[str, float], max_words: int) -> list[str]:
    """Return the best sentence and its neighbours, the better neighbour first."""
    texts = list(scores)
    first = last = max(range(len(texts)), key=lambda i: scores[texts[i]])
    left = max_words - len(texts[first].split())
    while True:
        near = [i for i in (first - 1, last + 1) if 0 <= i < len(texts) and len(texts[i].split()) <= left]
        if not near:
            return texts[first : last + 1]
        chosen = max(near, key=lambda i: scores[texts[i]])
        left -= len(texts[chosen].split())
        first, last = min(first, chosen), max(last, chosen)
