"""Extract the text of an HTML mail, separating cells and paragraphs, without marked quotes and signatures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser

import nh3
from django.conf import settings

PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "blockquote", "pre"))
BLOCKS = PARAGRAPHS | {"div", "li", "tr", "dl", "dt", "dd", "section", "article", "header", "footer", "main"}
KEPT = BLOCKS | {"br", "hr", "td", "th", "tbody", "thead", "tfoot", "span", "a", "b", "i", "font", "center"}
UNSEEN = {"script", "style", "head", "title", "noscript", "template", "textarea", "select", "iframe"}
# Marks of mail programs and helpdesks. Those in HISTORY_FROM begin history that continues to the end.
QUOTES = frozenset(("gmail_attr", "moz-cite-prefix", "OutlookMessageHeader", "yahoo_quoted", "protonmail_quote"))
SIGNATURES = frozenset(("gmail_signature", "moz-signature", "protonmail_signature_block", "Signature"))
HISTORY_FROM = frozenset(  # ids or classes
    (
        "divRplyFwdMsg",
        "appendonsend",
        "OLK_SRC_BODY_SECTION",
        "js-signatureMarker",
        "mail-editor-reference-message-container",
    )
)
# Void elements, and elements closed by the next one of their kind.
CLOSED_BY_THE_NEXT = frozenset(("p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead", "tfoot", "option")) | {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
}
OPEN_MAX = 200  # nested elements; beyond this, parsers take quadratic time
TAG = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9]{0,19})")
SPACE = re.compile(r"[^\S\n]+")
WHITE = re.compile(r"\s+")


def text_of(html: str, *, new: bool = False) -> str:
    """Return the text of at most HELPDESK_MAIL_MAX_CHARS of HTML; with `new`, without marked quotes and signatures."""
    # Cleans any input to a well-formed tree: the standard library's parser takes quadratic time on some broken input.
    clean = nh3.clean(
        _within_depth(html[: settings.HELPDESK_MAIL_MAX_CHARS]),
        tags=set(KEPT),
        clean_content_tags=UNSEEN,
        attributes={"*": {"class", "id"}},
        link_rel=None,
    )
    reader = _Reader(new=new)
    reader.feed(clean)
    reader.close()
    return reader.text()


def _within_depth(html: str) -> str:
    """Remove the tags of elements nested deeper than OPEN_MAX. Their text stays."""
    parts, done, place = [], 0, 0
    open_tags: Counter[str] = Counter()
    depth = 0
    while tag := TAG.search(html, place):
        name, place = (tag[2] or "").lower(), tag.end()
        if not name:
            end = html.find("-->", place)
            place = len(html) if end < 0 else end
        elif name in CLOSED_BY_THE_NEXT or (tag[1] and not open_tags[name]):
            continue
        elif not tag[1] and depth == OPEN_MAX:
            parts.append(html[done : tag.start()])
            done = place = html.find(">", place) + 1 or len(html)
        else:
            step = -1 if tag[1] else 1
            open_tags[name] += step
            depth += step
    return "".join([*parts, html[done:]])


class _Reader(HTMLParser):
    """Parses HTML in which all tags are closed, in order."""

    def __init__(self, *, new: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.new = new
        self.parts: list[str] = []
        self.line_breaks = 2  # at the end of them
        self.left_out: list[bool] = []  # for each open tag: begins a part that is left out
        self.depth_left_out = 0
        self.cells: list[int] = [0]  # of each open row
        self.verbatim = 0  # number of open <pre>
        self.is_history = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in ("br", "hr"):
            self._add("\n")
            return
        marks = {word for _, value in attrs for word in (value or "").split()}
        self.is_history = self.is_history or (self.new and bool(marks & HISTORY_FROM))
        leaves_out = self.new and (tag == "blockquote" or bool(marks & (QUOTES | SIGNATURES)))
        self.left_out.append(leaves_out)
        self.depth_left_out += leaves_out
        self.verbatim += tag == "pre"
        self._set_apart(tag)
        if tag == "tr":
            self.cells.append(0)
        elif tag in ("td", "th"):
            self._add_cell()
        elif tag == "li":
            self._add("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("br", "hr") or not self.left_out:
            return
        self._set_apart(tag)
        self.depth_left_out -= self.left_out.pop()
        self.verbatim -= tag == "pre"
        if tag == "tr" and len(self.cells) > 1:
            self.cells.pop()

    def handle_data(self, data: str) -> None:
        self._add(data if self.verbatim else WHITE.sub(" ", data))

    def _add_cell(self) -> None:
        if self.cells[-1] and not self.line_breaks:
            self._add(" | ")
        self.cells[-1] += 1

    def _set_apart(self, tag: str) -> None:
        if tag in BLOCKS:
            self._add("\n" * max(0, (2 if tag in PARAGRAPHS else 1) - self.line_breaks))

    def _add(self, text: str) -> None:
        if self.depth_left_out or self.is_history:
            return
        self.parts.append(text)
        if words := text.rstrip(" "):
            breaks = len(words) - len(words.rstrip("\n"))
            self.line_breaks = breaks + (self.line_breaks if breaks == len(words) else 0)

    def text(self) -> str:
        lines = [SPACE.sub(" ", line).strip() for line in "".join(self.parts).split("\n")]
        lines_left = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
        return "\n".join(lines_left).strip()
