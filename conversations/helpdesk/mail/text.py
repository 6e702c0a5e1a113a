"""Extract a customer's new text from a mail, without the quoted history and the signature.

quotequail recognises the lines that mail programs write above a quote. Others are recognised by form: a line with an
address that ends in a colon, a block of From, Sent, To and Subject, a divider, lines that begin with ">". At most
MAIL_MAX_LINES are read, line by line, so that no mail takes long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import quotequail

from conversations.helpdesk.mail import html as mail_html
from conversations.helpdesk.mail.words import BESIDE_FROM, FAREWELLS, FROM, SENT_FROM

MAIL_MAX_LINES = 400
LINE_MAX_CHARS = 300  # no line above a quote is longer, and quotequail's patterns take quadratic time
ATTRIBUTION_LINES = 3  # lines over which such a line may be wrapped
SIGNATURE_MAX_LINES = 8
SIGNATURE_LINE_CHARS = 70

_ADDRESS = re.compile(r"[<(\[][^\s<>()\[\]@]{1,100}@[^\s<>()\[\]@]{1,100}[>)\]]")
_DIVIDER = re.compile(r"[-_=*]{3,80}[^-_=*\n]{3,60}[-_=*]{3,80}")
_RULE = re.compile(r"[-_=*]{8,200}")
_LABEL = re.compile(r"\*{0,2}([^\W\d_][^:\uff1a\n]{0,20}?)\s?\*{0,2}[:\uff1a]")


def customer_text(plain: str, html: str = "") -> str:
    """Return a customer's text from the text of a message, or from its HTML if it has no text."""
    if plain.strip() or not html:
        return new_text(plain)
    return new_text(mail_html.text_of(html, new=True))


def new_text(mail: str) -> str:
    """Return the new text of a mail; empty if it only quotes."""
    every = [line.rstrip() for line in mail.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    lines, unread = every[:MAIL_MAX_LINES], every[MAIL_MAX_LINES:]
    new = _without_history(lines)
    if unread and new == lines:  # a too long text is left to people
        return _tidy([*lines, *unread])
    text = _without_signature(new)
    return _tidy(text if any(text) else new)


def _without_history(lines: list[str]) -> list[str]:
    """Return the new lines. History may be below them, between them or above."""
    begins, ends = _history(lines)
    if begins is None:
        return [line for line in lines if not _is_quoted(line)]
    if any(line and not _is_quoted(line) for line in lines[:begins]):
        return [line for line in lines[:begins] if not _is_quoted(line)]
    if any(map(_is_quoted, lines[ends:])):  # answered below the quote
        return [line for line in lines[ends:] if not _is_quoted(line)]
    return lines  # forwarded, or only looks like a quote


def _history(lines: list[str]) -> tuple[int | None, int]:
    """Return where the introduction of a quote begins and ends, or None."""
    short = [line.strip() if len(line) <= LINE_MAX_CHARS else "" for line in lines]
    recognised = _known_history(short)
    for at in range(len(short) if recognised is None else recognised):
        if count := _introduction(short, at):
            return at, at + count
    return (None, 0) if recognised is None else (recognised, recognised + (_introduction(short, recognised) or 1))


def _known_history(lines: list[str]) -> int | None:
    """Return where quotequail finds a quote introduced by a date or a mail header, which prose does not have."""
    parts = quotequail.quote("\n".join(lines), limit=len(lines) + 1, quote_intro_line=True)
    if len(parts) == 1:
        return None
    at = len(lines) - parts[1][1].count("\n") - 1
    line = lines[at] if lines[at].endswith(":") else " ".join(lines[at : at + 2])
    is_dated = any(map(str.isdigit, line))
    return at if is_dated or lines[at].startswith("--") or _header_lines(lines, at + 1) else None


def _introduction(lines: Sequence[str], at: int) -> int:
    """Return how many lines from here introduce a quote, by their form."""
    line = lines[at]
    if not line:
        return 0
    if _DIVIDER.fullmatch(line) and line[0] == line[-1]:
        return 1
    if _RULE.fullmatch(line) and _header_lines(lines, at + 1):
        return 1 + _header_lines(lines, at + 1)
    return _header_lines(lines, at) or _attribution_lines(lines, at)


def _header_lines(lines: Sequence[str], at: int) -> int:
    """Return the number of lines of a From, Sent, To, Subject block in any language, with leading blank ones; or 0."""
    first = at
    while first < len(lines) and first < at + 2 and not lines[first]:
        first += 1
    labels = []
    for line in lines[first : first + 8]:
        if not (label := _LABEL.match(line)):
            break
        labels.append(label[1].strip().casefold())
    if not labels or labels[0] not in FROM or not BESIDE_FROM & set(labels[1:]):
        return 0
    return first - at + len(labels)


def _attribution_lines(lines: Sequence[str], at: int) -> int:
    """Recognise "On 12 March Ana <ana@x.test> wrote:" in any language, also wrapped."""
    for count in range(1, ATTRIBUTION_LINES + 1):
        joined_lines = lines[at : at + count]
        if len(joined_lines) < count or not joined_lines[-1] or _is_quoted(joined_lines[-1]):
            return 0
        if joined_lines[-1].endswith((":", "\uff1a")):
            whole = " ".join(joined_lines)
            is_one = bool(_ADDRESS.search(whole)) and any(map(str.isdigit, whole))
            return count if is_one else 0
    return 0


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith((">", "|>"))


def _without_signature(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if line.strip() in ("--", "—") or _is_last(lines, at):
            return lines[:at]
    return lines


def _is_last(lines: list[str], at: int) -> bool:
    """Return whether a farewell or a mail program's advertisement begins here, followed only by a signature."""
    words = lines[at].strip().casefold()
    closing, _, name = words.partition(",")
    is_closing = words.rstrip(" ,.!") in FAREWELLS or (closing in FAREWELLS and 0 < len(name.split()) <= 3)
    if not is_closing and not (words.startswith(SENT_FROM) and len(words) <= SIGNATURE_LINE_CHARS):
        return False
    rest = [line.strip() for line in lines[at + 1 :] if line.strip()]
    return len(rest) <= SIGNATURE_MAX_LINES and not any(
        "?" in line or len(line) > SIGNATURE_LINE_CHARS or line.endswith(":") for line in rest
    )


def _tidy(lines: list[str]) -> str:
    """Collapse blank lines and strip them at both ends."""
    result: list[str] = []
    for line in lines:
        if line.strip() or (result and result[-1]):
            result.append(line.strip() and line)
    return "\n".join(result).strip()
