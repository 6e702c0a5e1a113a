"""Remove links from a reply unless a passage contains them or the shop allows their host.

Every answer, streamed or complete, is filtered before anybody sees it, so sockets, REST, webhooks, helpdesks, OpenAI
clients and the admin need no filter of their own. Each of them renders the Markdown differently. An address that is
not allowed is therefore removed wherever it appears, and marks that could form another link are broken up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol

from conversations.replies import link_syntax as syntax

PASSES_MAX = 4
HELD_MAX_CHARS = 2_000
LAST_CHARS = 64  # held back from a very long word, as they may be the beginning of an address
# White space, and the letters of scripts written without it (from U+2E80 on). An address ends at them.
_WORD_ENDS = re.compile("[\\s\u2e80-\U0010ffff]")


class Linking(Protocol):
    """The fields of a passage that are searched for links."""

    url: str
    text: str


def known(passages: Iterable[Linking]) -> frozenset[str]:
    """Return the addresses and HTML tags in the passages, and the passages' own addresses."""
    found: set[str] = set()
    for passage in passages:
        found.add(_plain(passage.url))
        found |= {_plain(syntax.address_in(match[0])) for match in syntax.ADDRESS.finditer(passage.text)}
        found |= set(_written_in(passage.text))
    return frozenset(found - {""})


def _written_in(text: str) -> Iterable[str]:
    """Return the link destinations and tags in the text of a passage."""
    pairs = syntax.parentheses(text)
    for mark in syntax.MARK.finditer(text):
        if mark.lastgroup == "inline" and mark.end() - 1 in pairs:
            yield _plain(syntax.destination(text[mark.end() : pairs[mark.end() - 1]]))
        elif mark.lastgroup == "tag":
            yield syntax.tag_at(text, mark.start())


def only(text: str, allowed: frozenset[str]) -> str:
    """Return the text with only the allowed links; of a removed link the label stays."""
    for _ in range(PASSES_MAX):  # a removal may join the text around it to a new link
        before, text = text, _addresses(_marks(syntax.spelled_out(text), allowed), allowed)
        if text == before:
            return text
    return _broken(text, allowed)


def _broken(text: str, allowed: frozenset[str]) -> str:
    """Return the text with all marks broken up and spaces for removed addresses, if the passes do not converge."""
    for mark in ("](", "]:", "<", "&", "\\", "//"):
        text = text.replace(mark, f"{mark[0]} {mark[1:]}")
    return _addresses(text, allowed, instead=" ")


def _addresses(text: str, allowed: frozenset[str], instead: str = "") -> str:
    kept, place = [], 0
    while found := syntax.ADDRESS.search(text, place):
        address = syntax.address_in(found[0])
        end = found.start() + len(address)
        is_allowed = _plain(address) in allowed and syntax.ends_there(address, text, end)
        kept += [text[place : found.start()], address if is_allowed else instead]
        place = max(end, found.start() + 1)
    return "".join([*kept, text[place:]])


def _marks(text: str, allowed: frozenset[str]) -> str:
    """Return the text with links to allowed addresses only, and without pictures, definitions or tags for others."""
    if not syntax.MARK.search(text):
        return text
    return _Marks(text, allowed).written()


class _Marks:
    """One pass over the marks of a text. `kept` is the output so far, `labels` the places in it where labels begin."""

    def __init__(self, text: str, allowed: frozenset[str]) -> None:
        self.text, self.allowed = text, allowed
        self.pairs = syntax.parentheses(text)
        self.kept: list[str] = []
        self.labels: list[int] = []
        self.place = 0

    def written(self) -> str:
        while mark := syntax.MARK.search(self.text, self.place):
            if mark.start() > self.place:
                self.kept.append(self.text[self.place : mark.start()])
            self.place = mark.end()
            getattr(self, f"_{mark.lastgroup}")(mark.start(), mark[0])
        return "".join([*self.kept, self.text[self.place :]])

    def _open(self, start: int, mark: str) -> None:
        self.labels.append(len(self.kept))
        self.kept.append(mark)

    def _close(self, start: int, mark: str) -> None:
        if self.labels:
            self.labels.pop()
        self.kept.append(mark)

    def _define(self, start: int, mark: str) -> None:
        """Break `[label]: address`, which would give every `[label]` in the text an address."""
        self._close(start, "] :")

    def _inline(self, start: int, mark: str) -> None:
        end = self.pairs.get(start + 1)
        label = self.labels.pop() if self.labels else None
        if end is None:
            self.kept.append("] (")
            return
        address, self.place = syntax.destination(self.text[start + 2 : end]), end + 1
        is_picture = label is not None and self.kept[label].startswith("!")
        if self._leads_to(address, end + 1) and label is not None and not is_picture:
            self.kept.append(f"]({address})")
        elif label is not None:
            self._unlink(label)

    def _leads_to(self, address: str, end: int) -> bool:
        plain = not any(character.isspace() or character in "()<>" for character in address)
        return plain and _plain(address) in self.allowed and syntax.ends_there(address, self.text, end)

    def _unlink(self, label: int) -> None:
        """Keep the label of a removed link, with its brackets if it is the number of a source."""
        is_number = len(self.kept) == label + 2 and self.kept[-1].isdigit()
        self.kept[label] = "[" if is_number else ""
        if is_number:
            self.kept.append("]")

    def _tag(self, start: int, mark: str) -> None:
        tag = syntax.tag_at(self.text, start)
        if not tag:
            self.kept.append("< ")
            return
        self.place = start + len(tag)
        address = tag[1:-1]
        is_address = _plain(address) in self.allowed and syntax.ends_there(address, self.text, self.place)
        if is_address or tag in self.allowed or syntax.is_harmless(tag):
            self.kept.append(tag)
        else:
            self.kept.append(syntax.mail_in(tag))


def _plain(url: str) -> str:
    return url.rstrip(syntax.TRAILING).rstrip("/").casefold()


class Sieve:
    """Filters a text while it is streamed.

    A word is held back until the next one begins, since half an address looks like a complete one. A possible link or
    tag is held back until it ends.
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.held = ""
        self.awaited = ""  # the character that ends the link or tag held back, if any
        self.look_at_chars = 0

    def feed(self, piece: str) -> str:
        self.held += piece
        if not self._may_be_settled(piece):
            return ""
        until, self.awaited = _settled(self.held)
        if not until and len(self.held) > HELD_MAX_CHARS:
            until = len(self.held) - LAST_CHARS
        done, self.held = self.held[:until], self.held[until:]
        self.look_at_chars = len(self.held) + syntax.LABEL_MAX_CHARS
        return only(done, self.allowed) if done else ""

    def _may_be_settled(self, piece: str) -> bool:
        """Return whether a scan may release text. Scanning after every few characters would be slow."""
        if len(self.held) > self.look_at_chars:
            return True
        return self.awaited in piece if self.awaited else _WORD_ENDS.search(piece) is not None

    def close(self) -> str:
        rest, self.held = self.held, ""
        return only(rest, self.allowed)


def _settled(text: str) -> tuple[int, str]:
    """Return the length of the text that later input cannot change, and the character awaited to release more."""
    place, awaited, spans = _structure(text)
    starts = [start for start, _ in spans]
    for found in reversed(list(_WORD_ENDS.finditer(text, 0, place))):
        if found.end() > place:
            continue
        before = bisect_left(starts, found.end()) - 1
        if before < 0 or spans[before][1] <= found.end():
            return found.end(), awaited
        place = spans[before][0]
    return 0, awaited


def _structure(text: str) -> tuple[int, str, list[tuple[int, int]]]:
    """Return the start of the first unfinished link or tag, the character that would end it, and all finished spans.

    Without an unfinished one, the start is the end of the text.
    """
    pairs = syntax.parentheses(text)
    labels: list[int] = []
    spans: list[tuple[int, int]] = []
    for mark in syntax.MARK.finditer(text):
        start, end, limit = mark.start(), mark.end(), HELD_MAX_CHARS
        if mark.lastgroup == "open":
            labels.append(start)
            continue
        if mark.lastgroup == "tag":
            ended, awaited = len(syntax.tag_at(text, start)) + start, ">"
            limit = limit if text.find("<", end) < 0 else 0
        else:
            start = labels.pop() if labels else start
            ended, awaited = (pairs.get(end - 1, 0), ")") if mark.lastgroup == "inline" else (end, "")
            ended = ended if ended < len(text) or awaited else 0  # the next character says what kind of label it is
        if ended > mark.start():
            while spans and spans[-1][0] >= start:
                spans.pop()
            spans.append((start, ended))
        elif len(text) - end < limit:
            return min([start, *labels[:1]]), awaited, spans
    open_label = next((start for start in labels if len(text) - start < syntax.LABEL_MAX_CHARS), None)
    return (len(text), "", spans) if open_label is None else (open_label, "]", spans)
