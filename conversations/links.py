"""Links are the shop's alone: an address that no passage holds is taken out of what a model wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

_MARKDOWN = re.compile(r"!?\[([^\[\]]{0,300})\]\(\s*<?([^)\s>]{0,2000})>?[^)\n]{0,300}\)")
_BARE = re.compile(r"<?((?:https?|ftp)://[^\s<>()\[\]\"'`|]+|www\.[^\s<>()\[\]\"'`|]+)>?", re.I)
# In the last word of a growing text, of the letters that addresses are made of: from where on it may be a link.
_BEGUN = re.compile(
    r"(?:!?\[|<|https?://|ftp://|www\.)[!-~]*\Z"
    r"|(?:!|h(?:t(?:t(?:ps?(?::/?)?)?)?)?|f(?:t(?:p(?::/?)?)?)?|ww?w?)\Z",
    re.I,
)


class Linking(Protocol):
    """What a passage has to show."""

    url: str
    text: str


def known(passages: Iterable[Linking]) -> frozenset[str]:
    """The addresses that the passages hold, and their own."""
    found: set[str] = set()
    for passage in passages:
        found |= {passage.url, *_BARE.findall(passage.text), *(url for _, url in _MARKDOWN.findall(passage.text))}
    return frozenset(_plain(url) for url in found if url)


def only(text: str, allowed: frozenset[str]) -> str:
    """The text with no other links than these; of one that is taken out the label stays."""

    def labelled(match: re.Match[str]) -> str:
        label, url = match.groups()
        if _plain(url) in allowed and not match[0].startswith("!"):
            return match[0]
        return f"[{label}]" if label.isdigit() else label

    def bare(match: re.Match[str]) -> str:
        return match[0] if _plain(match[1]) in allowed else ""

    return _BARE.sub(bare, _MARKDOWN.sub(labelled, text))


def _plain(url: str) -> str:
    return url.rstrip(".,;:!?*_").rstrip("/").casefold()


class Sieve:
    """Lets the words of a growing text through one by one, without addresses that are not allowed.

    What may become an address is held back until the next word begins: half of one cannot be told from a whole one.
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.held = ""

    def feed(self, piece: str) -> str:
        whole = self.held + piece
        begun = _BEGUN.search(whole)
        place = begun.start() if begun else len(whole)
        self.held = whole[place:]
        return only(whole[:place], self.allowed)

    def close(self) -> str:
        rest, self.held = self.held, ""
        return only(rest, self.allowed)
