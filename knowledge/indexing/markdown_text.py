"""Convert Markdown to plain text, for embedding and for counting terms. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import nh3

# Possessive repetitions avoid backtracking, so matching is linear in the text.
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
_ENDLESS_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{9,}+;?")  # no character is that long, and Python cannot parse it
_ESCAPED_BAR = re.compile(r"\\\|")  # in a table cell it is not a separator
_SPACES = re.compile(r"[ \t]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]|[\U000e0000-\U000e007f]")


def plain(markdown: str) -> str:
    """Return the words of some Markdown, line by line, without markup, URLs and tags."""
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
    """Remove scripts and style sheets; an unclosed one extends to the end."""
    parts, at, within = [], 0, ""
    for tag in _PROGRAM.finditer(block):
        ends, name = tag[1], tag[2].lower()
        if not within and not ends:
            parts.append(block[at : tag.start()])
            within = name
        elif within == name and ends:
            at, within = tag.start(), ""
    return "".join(parts if within else [*parts, block[at:]])


def _pieces(block: str) -> Iterator[str]:
    """Split a long block before tags, because deeply nested elements take a parser long."""
    start = 0
    while len(block) - start > _PIECE_MAX_CHARS:
        cut = block.rfind("<", start + 1, start + _PIECE_MAX_CHARS)
        end = cut if cut > 0 else start + _PIECE_MAX_CHARS
        yield block[start:end]
        start = end
    yield block[start:]


def without_comments(text: str) -> str:
    """Replace each `<!-- ... -->` with a space. An unclosed one stays."""
    parts, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin + 4)) >= 0:
        parts.append(text[at:begin])
        at = end + 3
    return " ".join([*parts, text[at:]])


def unescaped(text: str) -> str:
    """Replace `&amp;` and other entities with their characters."""
    return html.unescape(_ENDLESS_REFERENCE.sub("\ufffd", text))


def without_hidden(text: str) -> str:
    """Remove characters that people do not see but a model reads: zero width, direction marks, tag letters."""
    return _INVISIBLE.sub("", text.replace("\x00", "")).replace("\r\n", "\n").replace("\r", "\n")
