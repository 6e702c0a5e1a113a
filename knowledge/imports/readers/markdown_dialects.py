"""Convert the extensions of documentation generators to plain Markdown: notes, template tags, component imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"[ ]{0,3}(?P<fence>`{3,}|~{3,})")
_CONTAINER = re.compile(r"[ ]{0,3}:{3,}+[ \t]*+\{?+(?P<kind>[A-Za-z][\w-]{0,40}+)?+(?P<title>[^\n]*+)")
_INDENTED_NOTE = re.compile(
    r"(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[A-Za-z][\w -]{0,60}?)(?:[ \t]+\"(?P<title>[^\"]*)\")?[ \t]*"
)
_QUOTED_NOTE = re.compile(r"[ ]{0,3}>[ \t]?\[!(?P<kind>[A-Za-z]{1,20})\][ \t]*+(?P<title>[^\n]*+)")
_TEMPLATE_TAG = re.compile(r"\{%[^{}\n]{0,500}%\}|\{\{[<%][^{}\n]{0,500}[>%]\}\}")
_COMPONENT_COMMENT = re.compile(r"\{/\*[^*\n]{0,500}\*/\}")
_MODULE_LINE = re.compile(r"import[ \t]++(?:[\w{}*, \t]{1,300}[ \t]from[ \t]++)?[\"'][^\"'\n]{1,300}[\"'];?[ \t]*")
_EXPORT_LINE = re.compile(r"export[ \t]+(?:default|const|let|var|function)\b[^\n]*")


def as_commonmark(text: str) -> str:
    """Return the text without syntax that only its site generator understands. Code is not changed."""
    return "\n".join(_lines(text.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    fence, in_note = "", False
    for line in lines:
        if fence:
            yield line
            mark = line.strip()
            fence = "" if len(mark) >= len(fence) and set(mark) == {fence[0]} else fence
            continue
        if in_note and line.strip() and not line.startswith(("    ", "\t")):
            in_note = False
        if in_note:
            line = line.removeprefix("\t") if line.startswith("\t") else line[4:]
        if opened := _FENCE.match(line):
            fence = opened["fence"]
            yield line
            continue
        if note := _INDENTED_NOTE.fullmatch(line):
            in_note = True
            yield from _titled(note["title"] or note["kind"])
            continue
        yield from _plain(line)


def _plain(line: str) -> Iterator[str]:
    if _MODULE_LINE.fullmatch(line) or _EXPORT_LINE.fullmatch(line):
        return
    if quoted := _QUOTED_NOTE.fullmatch(line):
        yield f"> **{quoted['title'].strip() or quoted['kind'].capitalize()}**"
        yield ">"
        return
    if container := _CONTAINER.fullmatch(line):
        title = container["title"].strip(' \t[]{}"')
        yield from _titled(title or container["kind"]) if container["kind"] else [""]
        return
    without = _COMPONENT_COMMENT.sub("", _TEMPLATE_TAG.sub("", line))
    if without == line or without.strip():
        yield without


def _titled(title: str) -> list[str]:
    """Put the title of a note on its own line, because a list may follow."""
    return ["", f"**{title[:1].upper()}{title[1:]}**", ""]
