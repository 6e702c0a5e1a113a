"""Suggest descriptions for an article's pictures without one, from the words around them. Pure.

A suggestion changes nothing until a curator puts it into the draft.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.articles import file_links
from language import sentences

MAX_CHARS = 120
PICTURES_MAX = 50  # of one article that suggestions are made for
# What cameras, screenshots and editors call a file: one word with digits or signs in it, or one that says nothing.
_FILE_NAME = re.compile(r"(?=\S*[\d_.-])[\w.()-]+|image|img|picture|photo|screenshot|bild|foto|imagen|figure", re.I)
_MARKS = re.compile(r"([\\\[\]`*_<>])")
_ESCAPED = r"\\\1"
_WORDS = ("text", "code_inline", "softbreak", "hardbreak")

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`written` is the text in the article, `instead` the suggested text: both up to the end of the address."""

    address: str
    description: str
    written: str
    instead: str

    @property
    def is_ours(self) -> bool:
        return file_links.is_ours(self.address)


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str  # heading_open, paragraph_open, th_open ...
    inline: Token

    @property
    def words(self) -> str:
        """Return the words without those of the pictures."""
        children = self.inline.children or []
        return " ".join("".join(each.content or " " for each in children if each.type in _WORDS).split())

    @property
    def is_caption(self) -> bool:
        """Return whether all of it is emphasised, as captions are in Markdown."""
        kinds = [each.type for each in self.inline.children or []]
        return kinds[:1] == ["em_open"] and kinds[-1:] == ["em_close"] and kinds.count("em_open") == 1


def suggestions(markdown: str) -> list[Suggestion]:
    """Return a suggestion per picture without a description, in order; pictures without nearby words are left out."""
    if "![" not in markdown:
        return []
    tokens = _markdown.parse(markdown)
    blocks = [_Block(before.type, token) for before, token in pairwise(tokens) if token.type == "inline"]
    found: list[Suggestion] = []
    for picture, words in _pictures(blocks):
        address = str(picture.attrs.get("src", ""))
        written = f"![{picture.content}]({address}"
        description = textwrap.shorten(words, MAX_CHARS, placeholder="…")
        if written in markdown:  # not by reference, and its address as it stands
            instead = f"![{_MARKS.sub(_ESCAPED, description)}]({address}"
            found.append(Suggestion(address, description, written, instead))
    return found


def _pictures(blocks: Sequence[_Block]) -> Iterator[tuple[Token, str]]:
    """Return the first PICTURES_MAX pictures without a description, each with the words probably about it."""
    heading = before = ""
    left = PICTURES_MAX
    for block, after in zip_longest(blocks, blocks[1:]):
        words = block.words
        for picture in _undescribed(block)[:left]:
            left -= 1
            caption = after.words if after and after.is_caption else ""
            title = str(picture.attrs.get("title", "")).strip()
            if near := title or words or caption or _lead(before) or heading:
                yield picture, near
        if block.kind == "heading_open":
            heading, before = words, ""
        else:
            before = words or before


def _undescribed(block: _Block) -> list[Token]:
    return [each for each in block.inline.children or [] if each.type == "image" and not _is_described(each)]


def _is_described(picture: Token) -> bool:
    alt = picture.content.strip()
    return bool(alt) and not _FILE_NAME.fullmatch(alt)


def _lead(before: str) -> str:
    """Return the sentence that announces a picture: "The number is on the label:"."""
    return sentences.split(before)[-1].rstrip(" :") if before.endswith(":") else ""
