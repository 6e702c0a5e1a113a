"""Move images on lines of their own to the step or sentence they show. Pure."""

from __future__ import annotations

import re

_FENCE = re.compile(r"[ ]{0,3}(?:`{3}|~{3})")
_PICTURE_START = re.compile(r"[ \t]*!\[")
_PICTURE = r"!\[[^\[\]\n]{0,500}\]\([^()\n]{0,1000}\)"
_PICTURES = re.compile(rf"[ \t]*{_PICTURE}(?:[ \t]*{_PICTURE}){{0,9}}[ \t]*")
_STARTS_NOTHING = re.compile(r"[ \t]*(?:[#|<>]|-{3,}|={3,}|\*{3,}|`{3}|~{3})")


def join_pictures(markdown: str) -> str:
    """Move each line of only images to the end of the preceding text, in brackets.

    A list that such a line had split is one list again. Code, tables and headings do not attract images.
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
    """Return the index of the text that an image belongs to; None after a heading, table or code, and at the start."""
    for at in range(len(lines) - 1, max(-1, len(lines) - 3), -1):
        if lines[at].strip():
            return None if _STARTS_NOTHING.match(lines[at]) else at
    return None
