"""Plain text of Markdown, for embedding and for counting terms. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import nh3

# What a repetition takes it keeps, and none begins anew within what one has taken: no text takes long.
_ADDRESS = r"(?:[^()\s]++|\([^()\s]*+\))*+(?:\s++\"[^\"]*+\")?"
_IMAGE = re.compile(rf"!\[([^\[\]]*+)\]\({_ADDRESS}\)")
_LINK = re.compile(rf"\[([^\[\]]++)\]\({_ADDRESS}\)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]\n]++\]:\s++\S.*$", re.MULTILINE)
_BARE_URL = re.compile(r"<?https?://[^\s>)\]]+>?")
_RULE = re.compile(r"^[ \t:|-]++$", re.MULTILINE)
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}\s+|>\s?|[-*+]\s+|```.*$|~~~.*$)", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__|~~|`+)")
_STAR = re.compile(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*+>")
_PROGRAM = re.compile(r"<(/?)(script|style)\b", re.I)
_PIECE_MAX_CHARS = 8_000
_ENDLESS_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}+;?")  # no character has one, and Python reads none so long
_ESCAPED_BAR = re.compile(r"\\\|")  # in a cell of a table it separates nothing
_SPACES = re.compile(r"[ \t]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]|[\U000e0000-\U000e007f]")


def plain(markdown: str) -> str:
    """Return the words of a piece of Markdown, line by line, without marks, addresses and tags."""
    text = _REFERENCE.sub("", _IMAGE.sub(r"\1", markdown))
    text = _BARE_URL.sub(" ", _LINK.sub(r"\1", text))
    text = _TAG.sub(" ", without_comments(_LINE_MARK.sub("", _RULE.sub("", text))))
    text = _STAR.sub("", _EMPHASIS.sub("", text))
    text = unescaped(_ESCAPED_BAR.sub("¦", text).replace("|", " | "))
    lines = (_SPACES.sub(" ", line).strip(" |") for line in text.splitlines())
    return "\n".join(line for line in lines if line).replace("¦", "|")


def without_html(block: str) -> str:
    """Return the visible text of an HTML block; scripts, styles and comments are dropped."""
    return unescaped("".join(nh3.clean(piece, tags=set()) for piece in _pieces(without_programs(block))))


def without_programs(block: str) -> str:
    """Without scripts and style sheets; one that does not end takes all that follows."""
    kept, at, within = [], 0, ""
    for tag in _PROGRAM.finditer(block):
        ends, name = tag[1], tag[2].lower()
        if not within and not ends:
            kept.append(block[at : tag.start()])
            within = name
        elif within == name and ends:
            at, within = tag.start(), ""
    return "".join(kept if within else [*kept, block[at:]])


def _pieces(block: str) -> Iterator[str]:
    """A long block in parts, each ending before a tag: elements nested very deep take a parser long."""
    start = 0
    while len(block) - start > _PIECE_MAX_CHARS:
        cut = block.rfind("<", start + 1, start + _PIECE_MAX_CHARS)
        end = cut if cut > 0 else start + _PIECE_MAX_CHARS
        yield block[start:end]
        start = end
    yield block[start:]


def without_comments(text: str) -> str:
    """Without `<!-- ... -->`, each a space. One that does not end stays."""
    kept, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin + 4)) >= 0:
        kept.append(text[at:begin])
        at = end + 3
    return " ".join([*kept, text[at:]])


def unescaped(text: str) -> str:
    """`&amp;` and the like as the characters they stand for."""
    return html.unescape(_ENDLESS_REFERENCE.sub("\ufffd", text))


def without_hidden(text: str) -> str:
    """Drop the characters that nobody sees but a model reads: zero width, direction marks, tag letters."""
    return _INVISIBLE.sub("", text.replace("\x00", "")).replace("\r\n", "\n").replace("\r", "\n")
