"""Markdown as a reader hears it: words without marks. For embedding and for counting terms. Pure."""

from __future__ import annotations

import html
import re

import nh3

# Every repetition that could begin anywhere is bounded, so that no text takes long.
_IMAGE = re.compile(r"!\[([^\]]{0,500})\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"\[([^\]]{1,500})\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s+\S+.*$", re.MULTILINE)
_BARE_URL = re.compile(r"<?https?://[^\s>)\]]+>?")
_RULE = re.compile(r"^[ \t:|-]+$", re.MULTILINE)
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}\s+|>\s?|[-*+]\s+|```.*$|~~~.*$)", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__|~~|`+)")
_STAR = re.compile(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--.{0,2000}?-->", re.DOTALL)
_ESCAPED_BAR = re.compile(r"\\\|")  # in a cell of a table it separates nothing
_SPACES = re.compile(r"[ \t]+")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]|[\U000e0000-\U000e007f]")


def plain(markdown: str) -> str:
    """Return the words of a piece of Markdown, line by line, without marks, addresses and tags."""
    text = _REFERENCE.sub("", _IMAGE.sub(r"\1", markdown))
    text = _BARE_URL.sub(" ", _LINK.sub(r"\1", text))
    text = _TAG.sub(" ", _LINE_MARK.sub("", _RULE.sub("", text)))
    text = _STAR.sub("", _EMPHASIS.sub("", text))
    text = html.unescape(_ESCAPED_BAR.sub("¦", text).replace("|", " | "))
    lines = (_SPACES.sub(" ", line).strip(" |") for line in text.splitlines())
    return "\n".join(line for line in lines if line).replace("¦", "|")


def without_html(block: str) -> str:
    """Return the visible text of an HTML block; scripts, styles and comments are dropped."""
    return html.unescape(nh3.clean(block, tags=set(), clean_content_tags={"script", "style"}))


def without_hidden(text: str) -> str:
    """Drop the characters that nobody sees but a model reads: zero width, direction marks, tag letters."""
    return _INVISIBLE.sub("", text.replace("\x00", "")).replace("\r\n", "\n").replace("\r", "\n")
