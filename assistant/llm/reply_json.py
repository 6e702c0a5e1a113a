"""Parse the JSON object of a reply: partially while it streams, tolerantly when it is complete."""

from __future__ import annotations

import re
from typing import Any

import jiter
import json_repair

FIELDS = frozenset({"text", "action"})
BEGINS = re.compile(r"\{\s{0,40}\\?[\"']?(?:text|action)\\?[\"']?\s{0,40}:")
BEGINS_MAX_CHARS = 130
CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
REPAIRED_MAX_CHARS = 8_000
REPAIRED_MAX_BRACES = 40  # the repair takes quadratic time for nested ones
NESTED_MAX = 3


class PartialObject:
    """A JSON object while it is streamed. Unescaped control characters in strings are escaped for the parser."""

    def __init__(self) -> None:
        self.is_whole = False
        self.raw = ""
        self._json = ""
        self._added = ""  # what the last piece added to `_json`
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def add(self, piece: str) -> str:
        """Add the next piece; return the part of it that follows the complete object."""
        taken = []
        for char in piece:
            if self.is_whole:
                break
            taken.append(self._within_string(char) if self._in_string else self._between(char))
        self.raw += piece[: len(taken)]
        self._added = "".join(taken)
        self._json += self._added
        return piece[len(taken) :]

    def added_text(self) -> str | None:
        """Return what the last piece added to a string that began earlier and continues; None if that is uncertain."""
        text = _parsed(f'"{self._added}"') if self._in_string and not self._escaped else None
        return text if isinstance(text, str) else None

    def add_plain(self, piece: str) -> None:
        """Add a piece inside a string that needs no parsing."""
        self.raw += piece
        self._json += piece

    def _within_string(self, char: str) -> str:
        if self._escaped:
            self._escaped = False
            return "n" if char == "\n" else char
        self._escaped = char == "\\"
        self._in_string = char != '"'
        return ESCAPES.get(char, f"\\u{ord(char):04x}") if char < " " else char

    def _between(self, char: str) -> str:
        self._in_string = char == '"'
        self._depth += (char in "{[") - (char in "}]")
        self.is_whole = self._depth == 0 and not self._in_string
        return char

    def so_far(self, next_letter: str = "") -> dict[str, Any] | None:
        """Return the object as far as it can be parsed; None inside an escape, or if it is not JSON."""
        read = _parsed(self._json + next_letter, partial=True)
        return read if isinstance(read, dict) else None

    def final(self) -> dict[str, Any] | None:
        """Return the complete reply, {text, action?}, repaired if it is not quite JSON; None if it is not a reply."""
        whole = _parsed(self._json) if self.is_whole else None
        if reply := reply_within(whole):
            return reply
        partial, repaired = reply_within(self.so_far()), reply_within(_repaired(self.raw))
        if partial and not (repaired and repaired["text"].startswith(partial["text"])):
            return partial
        return repaired


def _parsed(json: str, *, partial: bool = False) -> Any:
    try:
        return jiter.from_json(json.encode(), partial_mode="trailing-strings" if partial else "off")
    except ValueError:
        return None


def _repaired(raw: str) -> Any:
    if len(raw) > REPAIRED_MAX_CHARS or raw.count("{") > REPAIRED_MAX_BRACES:
        return None
    if raw.startswith('{\\"'):  # a JSON object encoded as a JSON string
        raw = _parsed(f'"{raw.rstrip()}') or raw
    try:
        return json_repair.loads(CUT_ESCAPE.sub("", raw))
    except (ValueError, RecursionError):
        return None


def reply_within(value: Any, depth: int = 0) -> dict[str, Any] | None:
    """Return the first object with a text, also inside a list or another object."""
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return value
    if depth == NESTED_MAX or not isinstance(value, dict | list):
        return None
    inner = value.values() if isinstance(value, dict) else value
    return next((found for each in inner if (found := reply_within(each, depth + 1))), None)
