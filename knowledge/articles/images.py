"""Pictures that stand alone in a text, put back to the step or sentence they show. Pure."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ ]{0,3}(?:`{3}|~{3})")
_PICTURE_START = re.compile(r"[ \t]*!\[")
_PICTURE = r"!\[[^\[\]\n]{0,500}\]\([^()\n]{0,1000}\)"
_PICTURES = re.compile(rf"[ \t]*{_PICTURE}(?:[ \t]*{_PICTURE}){{0,9}}[ \t]*")
_STARTS_NOTHING = re.compile(r"[ \t]*(?:[#|<>]|-{3,}|={3,}|\*{3,}|`{3}|~{3})")


def join_pictures(markdown: str) -> str:
    """Return the text with each line of pictures alone moved to the end of the text before it, in brackets.

    A list that such a line had cut in two is one list again. Code, tables and headings keep what follows them apart.
    """
    if "![" not in markdown:
        return markdown
    lines: list[str] = []
    in_code = False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        at = None if in_code or not _is_pictures(line) else _text_before(lines)
        if at is None:
            lines.append(line)
        else:
            lines[at] = f"{lines[at].rstrip()} ({line.strip()})"
    return "\n".join(lines)


def _is_pictures(line: str) -> bool:
    return bool(_PICTURE_START.match(line)) and bool(_PICTURES.fullmatch(line))


def _text_before(lines: list[str]) -> int | None:
    """Where the text stands that a picture belongs to; None below a heading, a table or code, and at the beginning."""
    for at in range(len(lines) - 1, max(-1, len(lines) - 3), -1):
        if lines[at].strip():
            return None if _STARTS_NOTHING.match(lines[at]) else at
    return None
