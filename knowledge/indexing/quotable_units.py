"""The pieces of a passage that can be quoted by themselves: sentences, steps, list items, table rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.indexing.chunking import Block, Heading, items
from knowledge.indexing.markdown_text import plain
from language.sentences import QUOTABLE, split

LIST_WHOLE_WORDS = 120  # a list up to this size is quoted whole; steps always are

_REMARK = re.compile(r"\((?:[^()]|\([^()]{0,1000}\)){1,1500}\)")  # a picture's words are put so: see pictures.py


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote. Sentences of one paragraph share its `block` number and may be quoted together."""

    text: str  # Markdown
    heading: str  # the nearest heading inside the passage, if any
    block: int
    is_sentence: bool = False


def units(markdown: str) -> list[Unit]:
    """Return what can be quoted of a passage, in reading order."""
    found: list[Unit] = []
    heading, lead = "", ""
    for number, item in enumerate(items(markdown)):
        if isinstance(item, Heading):
            heading, lead = item.title, ""
            continue
        found += [Unit(text, heading, number, sentence) for text, sentence in _of(item, lead)]
        lead = _lead(item)
    return found


def _lead(block: Block) -> str:
    """The sentence that introduces what follows: "To send it back:"."""
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
    """The sentences of a paragraph. A picture, or a remark in brackets, goes with the sentence before it."""
    found: list[str] = []
    for part in split(text, QUOTABLE):
        if found and _REMARK.fullmatch(part):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found
