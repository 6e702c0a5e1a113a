"""The units of a passage that can be quoted on their own: sentences, steps, list items, table rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.indexing.chunking import Block, Heading, items
from knowledge.indexing.markdown_text import plain
from language.sentences import QUOTABLE, split

LIST_WHOLE_WORDS = 120  # lists up to this size are quoted whole; steps always are

_REMARK = re.compile(r"\((?:[^()]|\([^()]{0,1000}\)){1,1500}\)")  # the words of an image: see images.py


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit to quote. Sentences of one paragraph share its `block` number and may be quoted together."""

    text: str  # Markdown
    heading: str  # the nearest heading inside the passage, if any
    block: int
    is_sentence: bool = False


def units(markdown: str) -> list[Unit]:
    """Return the quotable units of a passage, in reading order."""
    result: list[Unit] = []
    heading, lead = "", ""
    for number, item in enumerate(items(markdown)):
        if isinstance(item, Heading):
            heading, lead = item.title, ""
            continue
        result += [Unit(text, heading, number, sentence) for text, sentence in _of(item, lead)]
        lead = _lead(item)
    return result


def _lead(block: Block) -> str:
    """Return the sentence that introduces the next block: "To send it back:"."""
    return sentences(block.text)[-1] if block.kind == "paragraph" and block.text.rstrip(" *_").endswith(":") else ""


def _of(block: Block, lead: str) -> Iterator[tuple[str, bool]]:
    if block.kind == "table":
        for row in block.parts:
            if plain(row):
                yield f"{block.header}\n{row}", False
    elif block.kind == "ordered_list" or (block.kind == "bullet_list" and block.words <= LIST_WHOLE_WORDS):
        yield (f"{lead}\n\n{block.text}" if lead else block.text), False
    elif block.kind == "bullet_list":
        for part in block.parts:
            yield part.strip(), False
    elif block.kind == "paragraph":
        yield from ((text, True) for text in sentences(block.text))
    else:
        yield block.text, False


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph. An image or a remark in brackets stays with the previous sentence."""
    result: list[str] = []
    for part in split(text, QUOTABLE):
        if result and _REMARK.fullmatch(part):
            result[-1] = f"{result[-1]} {part}"
        else:
            result.append(part)
    return result
