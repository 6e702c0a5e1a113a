"""The text of a structured reply while its JSON is still arriving."""

from __future__ import annotations

import re
from typing import Any

import jiter

ACTIONS = ("offer_handoff",)
FENCE = re.compile(r"\s*```(?:json)?\s*(?=\{)")
# Long enough to tell a fenced or bare JSON object from prose.
MAY_BECOME_JSON = re.compile(r"\s*(?:`{0,2}|```(?:j(?:s(?:on?)?)?)?\s*)\Z")
ENDS_TEXT = re.compile(r'["\\\x00-\x1f]')  # may end it, or stands for something else, or makes it no JSON
OPENS_OBJECT = re.compile(r"\{\s*(?:[\"}]|\Z)")


class StreamedText:
    """Takes the pieces of a model's answer and gives the new text for the customer.

    The answer should be the JSON object of REPLY_SCHEMA, bare or in a Markdown fence. A model that
    ignored the schema and wrote prose is taken at its word. `action` is known once `close` was called.
    """

    def __init__(self) -> None:
        self.raw = ""
        self.text = ""  # all that was given out
        self.action: str | None = None
        self._is_json: bool | None = None  # None: too early to tell
        self._within_text = False  # what comes next is text, up to a quotation mark or an escape

    def feed(self, piece: str) -> str:
        """Take the next piece; return the text that is new with it, often nothing."""
        self.raw += piece
        if self._within_text and not ENDS_TEXT.search(piece):
            self.text += piece
            return piece
        if self._is_json is None:
            self._is_json = looks_like_json(self.raw)
        if self._is_json is None:
            return ""
        new = self._give(self._text_so_far() if self._is_json else self.raw)
        self._within_text = self._is_json and self._goes_on()
        return new

    def close(self) -> str:
        """Say that no more comes; return what was held back, which is the whole when it was no JSON after all.

        An object without a text gives nothing: raw JSON is no answer for a customer.
        """
        if self._is_json and self._read() is not None:
            return ""
        return "" if self.text else self._give(self.raw)

    def _text_so_far(self) -> str:
        read = self._read()
        if read is None:
            return self.text
        if read.get("action") in ACTIONS:
            self.action = read["action"]
        text = read.get("text")
        return text if isinstance(text, str) else self.text

    def _goes_on(self) -> bool:
        """Would a letter that came now be one of the text? Then those that do come need not be read as JSON."""
        read = self._read(next_letter="x")
        return read is not None and read.get("text") == f"{self.text}x"

    def _read(self, next_letter: str = "") -> dict[str, Any] | None:
        body = FENCE.sub("", self.raw, count=1).lstrip() + next_letter
        try:
            read = jiter.from_json(body.encode(), partial_mode="trailing-strings")
        except ValueError:
            return None  # cut inside an escape, or not JSON at all: the next piece will tell
        return read if isinstance(read, dict) else None

    def _give(self, whole: str) -> str:
        """Give out what is new. Text that was given is never taken back."""
        if not whole.startswith(self.text):
            return ""
        new = whole[len(self.text) :]
        self.text = whole
        return new


def looks_like_json(raw: str) -> bool | None:
    """True or False once it is clear how the answer begins; None while it is too short to tell."""
    if MAY_BECOME_JSON.match(raw):
        return None
    body = FENCE.sub("", raw, count=1).lstrip()
    return bool(OPENS_OBJECT.match(body))
