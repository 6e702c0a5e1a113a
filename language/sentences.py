"""Split text into sentences: the one definition that everything uses.

A sentence ends at a run of end marks, including closing quotes and brackets, before a space or the end of the text. The
rest depends on the text: messages have lines, Markdown has emphasis, answers have citations after the full stop. The
styles at the end of this module define these differences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = ".!?\u2026;\u3002\uff01\uff1f"
_LATIN = ".!?\u2026"
_IDEOGRAPHIC = "\u3002\uff01\uff1f"
_CLOSERS = "\"'\u201d\u2019\u00bb)\\]*_\u300d\u300f\uff09"
_END = re.compile(
    rf"(?<![{_MARKS}])(?P<marks>[{_MARKS}]++)(?P<closers>[{_CLOSERS}]*+)"
    r"(?P<cited>(?:\s?\[\d{1,3}\])++(?=\s|\Z))?+(?=\s|\Z)"
    rf"|(?P<unspaced>[{_IDEOGRAPHIC}]++)[{_CLOSERS}]*+"
)
_OPENING = re.compile(r"\s*+[\"'\u201c\u201e\u00ab\u00bf\u00a1(\[*_]*+(?P<first>.)?", re.S)
_SPACES = re.compile(r"\s*+")
_ABBREVIATION_MAX_CHARS = 8  # "Approx." and the character before it
# A sentence never ends with these. "no." in lower case may be an answer.
_NEVER_LAST = re.compile(
    r"(?<!\w)(?:[Mm]r|[Mm]rs|[Mm]s|[Dd]r|No|[Nn]r|[Aa]pprox|[Vv]s|[Cc]a|[Ee]\.g|[Ii]\.e|z\.\s?B)\.\Z"
)
# A sentence may end with these, but a capital letter after them proves nothing: "in Aug. Then", "St. John".
_SELDOM_LAST = re.compile(
    r"(?<!\w)(?:mr|mrs|ms|dr|st|no|nr|approx|e\.g|i\.e|etc|vs|a\.m|p\.m|dept|jan|feb|mar|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec)\.\Z",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Style:
    """What ends a sentence in one kind of text."""

    marks: str = _LATIN
    closers: str = "\"'\u201d\u2019\u00bb)]*_\u300d\u300f\uff09"  # may appear between the mark and the space
    abbreviations: re.Pattern[str] | None = _NEVER_LAST  # whose full stop ends no sentence
    lines: bool = True  # a line break ends a sentence
    large: bool = False  # the next sentence must begin with a capital letter or a number
    cited: bool = False  # "[1]" after the full stop belongs to the sentence before it
    unspaced: bool = False  # an ideographic full stop needs no space after it


def split(text: str, style: Style | None = None) -> list[str]:
    """Return the sentences of a text in order, without surrounding spaces."""
    return [text[start:end] for start, end in spans(text, style or PROSE)]


def spans(text: str, style: Style) -> Iterator[tuple[int, int]]:
    """Return the start and end of each sentence, without surrounding spaces."""
    at = 0
    for line in text.splitlines(keepends=True) if style.lines else [text]:
        start = 0
        for end in (*_ends(line, style), len(line)):
            sentence = line[start:end].strip()
            if sentence:
                begins = at + start + len(line[start:end]) - len(line[start:end].lstrip())
                yield begins, begins + len(sentence)
            start = end
        at += len(line)


def _ends(line: str, style: Style) -> Iterator[int]:
    start = 0
    for mark in _END.finditer(line):
        end = mark.end() if style.cited else mark.start("cited") if mark["cited"] else mark.end()
        if _is_end(mark, line, start, end, style):
            yield end
            start = end


def _is_end(mark: re.Match[str], line: str, start: int, end: int, style: Style) -> bool:
    if mark["unspaced"]:
        return style.unspaced and mark["unspaced"][-1] in style.marks
    marks, closers = mark["marks"], mark["closers"]
    if marks[-1] not in style.marks or not set(closers) <= set(style.closers):
        return False
    if mark["cited"] and not style.cited and not line[end].isspace():
        return False
    if style.abbreviations and marks == "." and not closers:
        stop = mark.end("marks")
        if style.abbreviations.search(line, max(start, stop - _ABBREVIATION_MAX_CHARS), stop):
            return False
    return _may_begin(line, end, style)


def _may_begin(line: str, at: int, style: Style) -> bool:
    """Return whether a sentence may begin after this end."""
    if style.cited and line.startswith("[", _SPACES.match(line, at).end()):  # type: ignore[union-attr]
        return False
    if not style.large:
        return True
    first = _OPENING.match(line, at)["first"] or ""  # type: ignore[index]
    return not first or first.isupper() or first.isdecimal()


PROSE = Style()
# A paragraph of an article, whose lines may be wrapped anywhere.
PARAGRAPH = Style(marks=_LATIN + _IDEOGRAPHIC, lines=False, unspaced=True)
# For quoting single sentences: a full stop before a lower-case letter is probably an unlisted abbreviation.
QUOTABLE = Style(lines=False, large=True)
# For a model's output with citations.
CITED = Style(cited=True)
# One claim each; a semicolon separates claims too.
CLAIMS = Style(marks=_LATIN + ";")
# For the assistant's closing question; its lines belong together.
QUESTION = Style(marks=_LATIN + _IDEOGRAPHIC, lines=False)

# Summaries, the ledger and the cache were measured with this style; their contents depend on every sentence end.
MESSAGE = Style(closers="\"')]", abbreviations=_SELDOM_LAST)
VALUES = Style(marks=".!?", closers="", abbreviations=None)
EVIDENCE = Style(marks=".!?", closers="", abbreviations=None)
ASKED = Style(marks=".!?;\u2026\u3002\uff1f", closers="", abbreviations=None, lines=False)
STYLES = {
    "prose": PROSE,
    "paragraph": PARAGRAPH,
    "quotable": QUOTABLE,
    "cited": CITED,
    "claims": CLAIMS,
    "question": QUESTION,
    "message": MESSAGE,
    "values": VALUES,
    "evidence": EVIDENCE,
    "asked": ASKED,
}
