"""Split a Markdown text into passages along its structure. Pure.

Headings, paragraphs, lists, tables and code stay whole if they fit. A long table is split between rows with its header
repeated, a long list between items, a long paragraph between sentences. Short neighbours under one heading are merged.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.articles.file_links import without_files
from knowledge.articles.images import join_pictures
from knowledge.indexing.markdown_text import plain, without_hidden, without_html
from language.sentences import PARAGRAPH, split

MIN_WORDS = 60  # two neighbours that are both shorter are merged
SCRAP_WORDS = 20  # a passage this short is merged with any neighbour
GOOD_WORDS = 180  # merging stops here: as much as an embedder of 256 word pieces reads
MAX_WORDS = 250  # lists and tables up to this size are not split
MAX_CHARS = 2_400  # the same limit for text without spaces
HEADING_MAX_CHARS = 160

_PARSER = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])  # only blocks are parsed
_ATTRIBUTES = re.compile(r"(?<!\s)\s*+\{[:#.][^{}]*+\}\s*+\Z")  # "{: #anchor .class }" after a heading


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list, table ... as in the source. `header` is repeated when the block is split."""

    text: str
    kind: str
    parts: tuple[str, ...] = ()
    header: str = ""

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage with the headings above it, outermost first."""

    path: tuple[Heading, ...]
    text: str

    @property
    def heading_path(self) -> str:
        return " > ".join(heading.title for heading in self.path)

    @property
    def words(self) -> int:
        return len(self.text.split())


def chunk(markdown: str, title: str = "") -> list[Piece]:
    """Split a text into passages, in order. A first heading equal to `title` is left out of the paths.

    Every word of the text is in the text or the heading path of a piece. No piece has more than MAX_WORDS words or
    MAX_CHARS characters, except for a repeated table header.
    """
    sections = _sections(without_files(join_pictures(without_hidden(markdown))), title)
    pieces = [piece for path, blocks in sections for piece in _pieces(path, blocks)]
    return _merge_short(pieces)


def _sections(source: str, title: str) -> Iterator[tuple[tuple[Heading, ...], list[Block]]]:
    """Yield the blocks of each heading under its path; a heading without content stays as a line."""
    path: tuple[Heading, ...] = ()
    blocks: list[Block] = []
    for item in items(source):
        if isinstance(item, Block):
            blocks.append(item)
            continue
        if blocks or path:
            yield path, blocks
        is_title = not path and _same(item.title, title)
        path = () if is_title else (*(h for h in path if h.level < item.level), item)
        blocks = []
    if blocks or path:
        yield path, blocks


def _same(a: str, b: str) -> bool:
    return " ".join(a.casefold().split()) == " ".join(b.casefold().split())


def items(source: str) -> Iterator[Heading | Block]:
    """Iterate over the top level of the document. Lines between two tokens belong to the first, so none is lost."""
    lines = source.split("\n")
    tokens = _PARSER.parse(source)
    tops = [(i, t) for i, t in enumerate(tokens) if t.level == 0 and t.map and t.nesting >= 0]
    starts = [t.map[0] for _, t in tops if t.map] + [len(lines)]
    if preamble := "\n".join(lines[: starts[0]]).strip():
        yield Block(preamble, "paragraph")
    for (index, token), end in zip(tops, starts[1:], strict=True):
        if token.type == "heading_open":
            yield from _heading(tokens, index, lines, end)
        elif text := _text_of(token, lines, end):
            yield _block(text, tokens, index, lines, end)


def _heading(tokens: list[Token], index: int, lines: list[str], end: int) -> Iterator[Heading | Block]:
    token = tokens[index]
    title = plain(_ATTRIBUTES.sub("", tokens[index + 1].content)).replace("\n", " ").strip()
    yield Heading(int(token.tag[1]), title[:HEADING_MAX_CHARS].strip())
    rest = [title[HEADING_MAX_CHARS:], *lines[(token.map or [0, end])[1] : end]]
    if text := "\n".join(rest).strip():
        yield Block(text, "paragraph")


def _text_of(token: Token, lines: list[str], end: int) -> str:
    text = "\n".join(lines[(token.map or [0, 0])[0] : end]).strip("\n").rstrip()
    if token.type == "html_block":
        return without_html(text).strip()
    return "" if token.type == "hr" and not text.strip("-*_ \n\t") else text


def _block(text: str, tokens: list[Token], index: int, lines: list[str], end: int) -> Block:
    kind = tokens[index].type.removesuffix("_open")
    if kind in ("bullet_list", "ordered_list"):
        return Block(text, kind, tuple(_slices(tokens, index, "list_item_open", lines, end)))
    if kind == "table":
        rows = list(_slices(tokens, index, "tr_open", lines, end))
        # The first slice runs from the header to the first row, so it includes the rule below the header.
        return Block(text, kind, tuple(rows[1:]), header=rows[0])
    if kind in ("fence", "code_block"):
        return Block(text, kind, tuple(text.split("\n")))
    return Block(text, kind)


def _slices(tokens: list[Token], index: int, type_: str, lines: list[str], end: int) -> Iterator[str]:
    """Yield the source of each list item or table row directly below the token at `index`."""
    depth = {"list_item_open": 1, "tr_open": 2}[type_]
    starts = []
    for token in tokens[index + 1 :]:
        if token.level == 0:
            break
        if token.type == type_ and token.level == depth and token.map:
            starts.append(token.map[0])
    starts.append(end)
    for start, stop in itertools.pairwise(starts):
        if text := "\n".join(lines[start:stop]).rstrip():
            yield text


def _pieces(path: tuple[Heading, ...], blocks: list[Block]) -> Iterator[Piece]:
    """Pack a section's blocks into pieces; an introduction that ends in a colon stays with the next block."""
    pack: list[str] = []
    for text in _fitting(blocks):
        introduced = bool(pack) and pack[-1].rstrip().endswith(":")
        if pack and not _fits("\n\n".join([*pack, text]), MAX_WORDS if introduced else GOOD_WORDS):
            lead = [pack.pop()] if introduced and len(pack) > 1 and _fits(f"{pack[-1]}\n\n{text}", MAX_WORDS) else []
            yield Piece(path, "\n\n".join(pack))
            pack = lead
        pack.append(text)
    if pack or path:
        yield Piece(path, "\n\n".join(pack))


def _fits(text: str, words: int) -> bool:
    return len(text.split()) <= words and len(text) <= MAX_CHARS


def _fitting(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if _fits(block.text, MAX_WORDS):
            yield block.text
        elif block.parts:
            yield from _packed(block.parts, block.header)
        else:
            yield from _packed(split(block.text, PARAGRAPH), joint=" ")


def _packed(parts: Iterable[str], header: str = "", joint: str = "\n") -> Iterator[str]:
    """Join parts up to GOOD_WORDS; each result begins with the header, if any."""
    start = header.split("\n") if _fits(header, MIN_WORDS) else []
    if not start and header:
        yield from _cut(header)
    pack: list[str] = []
    for part in (short for whole in parts for short in _cut(whole)):
        if pack and not _fits(joint.join([*pack, part]), GOOD_WORDS):
            yield joint.join([*start, *pack])
            pack = []
        pack.append(part)
    if pack:
        yield joint.join([*start, *pack])


def _cut(text: str) -> Iterator[str]:
    """Split text without structure: between lines, then words, then letters."""
    if _fits(text, GOOD_WORDS):
        yield text
        return
    if "\n" in text:
        yield from _packed(text.split("\n"))
        return
    words = text.split()
    if len(words) > 1:
        half = len(words) // 2
        yield from _cut(" ".join(words[:half]))
        yield from _cut(" ".join(words[half:]))
        return
    for start in range(0, len(text), MAX_CHARS):
        yield text[start : start + MAX_CHARS]


def _merge_short(pieces: list[Piece]) -> list[Piece]:
    """Merge a short piece with the previous one if both are under one heading."""
    done: list[Piece] = []
    for piece in pieces:
        if done and (both := _join(done[-1], piece)):
            done[-1] = both
        else:
            done.append(piece)
    return [p for p in (_with_text(piece) for piece in done) if p.text]


def _join(before: Piece, after: Piece) -> Piece | None:
    """Merge two pieces under the headings they share, or return None if they must stay separate."""
    shared = _shared(before.path, after.path)
    is_parent = len(shared) == len(before.path)
    siblings = len(shared) >= len(after.path) - 1 and len(shared) >= len(before.path) - 1
    short = max(before.words, after.words) < MIN_WORDS or min(before.words, after.words) < SCRAP_WORDS
    if not (short and (is_parent or siblings)):
        return None
    if not before.text and is_parent and shared != after.path:
        return after if all(h in after.path for h in before.path) else None
    text = "\n\n".join(filter(None, [_below(before, shared), _below(after, shared)]))
    return Piece(shared, text) if _fits(text, GOOD_WORDS) else None


def _shared(a: tuple[Heading, ...], b: tuple[Heading, ...]) -> tuple[Heading, ...]:
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return a[:same]


def _below(piece: Piece, shared: tuple[Heading, ...]) -> str:
    """Return the piece with the headings below the shared path written into its text."""
    lines = [f"{'#' * heading.level} {heading.title}" for heading in piece.path[len(shared) :]]
    return "\n\n".join(filter(None, [*lines, piece.text]))


def _with_text(piece: Piece) -> Piece:
    """Turn a heading without content into text, so that search can find it."""
    return piece if piece.text or not piece.path else Piece(piece.path, piece.path[-1].title)
