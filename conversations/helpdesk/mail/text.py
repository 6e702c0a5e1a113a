"""What a customer wrote in a mail, without the quoted history and the signature beneath it.

quotequail knows the lines that mail programs write above a quote. What it does not know is told by form: a line
with an address that ends in a colon, a block of From, Sent, To and Subject, a divider, lines that begin with ">".
All of it reads line by line, of at most MAIL_MAX_LINES, so that no mail takes long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import quotequail

from conversations.helpdesk.mail import html as mail_html
from conversations.helpdesk.mail.words import BESIDE_FROM, FAREWELLS, FROM, SENT_FROM

MAIL_MAX_LINES = 400
LINE_MAX_CHARS = 300  # no line above a quote is longer, and quotequail's patterns take quadratic time
ATTRIBUTION_LINES = 3  # over which such a line may be wrapped
SIGNATURE_MAX_LINES = 8
SIGNATURE_LINE_CHARS = 70

_ADDRESS = re.compile(r"[<(\[][^\s<>()\[\]@]{1,100}@[^\s<>()\[\]@]{1,100}[>)\]]")
_DIVIDER = re.compile(r"[-_=*]{3,80}[^-_=*\n]{3,60}[-_=*]{3,80}")
_RULE = re.compile(r"[-_=*]{8,200}")
_LABEL = re.compile(r"\*{0,2}([^\W\d_][^:\uff1a\n]{0,20}?)\s?\*{0,2}[:\uff1a]")


def customer_text(plain: str, html: str = "") -> str:
    """What a customer wrote, from the text of a message, or from its HTML where it has no text."""
    if plain.strip() or not html:
        return new_text(plain)
    return new_text(mail_html.text_of(html, new=True))


def new_text(mail: str) -> str:
    """What is new in the text of a mail; empty where it only quotes."""
    every = [line.rstrip() for line in mail.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    lines, unread = every[:MAIL_MAX_LINES], every[MAIL_MAX_LINES:]
    new = _without_history(lines)
    if unread and new == lines:  # too long a text is for people, not for guessing from its beginning
        return _tidy([*lines, *unread])
    written = _without_signature(new)
    return _tidy(written if any(written) else new)


def _without_history(lines: list[str]) -> list[str]:
    """The lines that are new. History stands below them, between them or above."""
    begins, ends = _history(lines)
    if begins is None:
        return [line for line in lines if not _is_quoted(line)]
    if any(line and not _is_quoted(line) for line in lines[:begins]):
        return [line for line in lines[:begins] if not _is_quoted(line)]
    if any(map(_is_quoted, lines[ends:])):  # answered beneath the quote
        return [line for line in lines[ends:] if not _is_quoted(line)]
    return lines  # forwarded, or only of that form


def _history(lines: list[str]) -> tuple[int | None, int]:
    """Where the lines that introduce a quote begin and end; None where there are none."""
    short = [line.strip() if len(line) <= LINE_MAX_CHARS else "" for line in lines]
    known = _known_history(short)
    for at in range(len(short) if known is None else known):
        if count := _introduction(short, at):
            return at, at + count
    return (None, 0) if known is None else (known, known + (_introduction(short, known) or 1))


def _known_history(lines: list[str]) -> int | None:
    """Where quotequail sees a quote introduced: with a date or a mail's header, which a sentence of prose has not."""
    parts = quotequail.quote("\n".join(lines), limit=len(lines) + 1, quote_intro_line=True)
    if len(parts) == 1:
        return None
    at = len(lines) - parts[1][1].count("\n") - 1
    line = lines[at] if lines[at].endswith(":") else " ".join(lines[at : at + 2])
    is_dated = any(map(str.isdigit, line))
    return at if is_dated or lines[at].startswith("--") or _header_lines(lines, at + 1) else None


def _introduction(lines: Sequence[str], at: int) -> int:
    """How many lines from here on introduce a quote, by their form."""
    line = lines[at]
    if not line:
        return 0
    if _DIVIDER.fullmatch(line) and line[0] == line[-1]:
        return 1
    if _RULE.fullmatch(line) and _header_lines(lines, at + 1):
        return 1 + _header_lines(lines, at + 1)
    return _header_lines(lines, at) or _attribution_lines(lines, at)


def _header_lines(lines: Sequence[str], at: int) -> int:
    """The lines of a block From, Sent, To, Subject in any language, blank ones before it counted; 0 for none."""
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
    """As "On 12 March Ana <ana@x.test> wrote:" in any language; wrapped, too."""
    for count in range(1, ATTRIBUTION_LINES + 1):
        taken = lines[at : at + count]
        if len(taken) < count or not taken[-1] or _is_quoted(taken[-1]):
            return 0
        if taken[-1].endswith((":", "\uff1a")):
            whole = " ".join(taken)
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
    """Does a farewell, or the advertisement of a mail program, begin here, with nothing but a signature after it?"""
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
    """With at most one blank line in a row, and none around."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.strip() and line)
    return "\n".join(kept).strip()
