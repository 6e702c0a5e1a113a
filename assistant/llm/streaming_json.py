"""Extract the text of a structured reply while its JSON is still streaming."""

from __future__ import annotations

import re
from typing import Any

from assistant.llm import reply_json
from assistant.llm.reasoning import ReasoningFilter
from assistant.llm.reply_json import PartialObject

ACTIONS = ("offer_handoff",)
FENCE = re.compile(r"\s{0,40}```(?:json)?\s{0,40}(?=[\[{])")
# A text this short may still become a fenced or bare JSON object, or a list with one.
MAY_BECOME_JSON = re.compile(r"\s{0,40}(?:`{0,2}|(?:```(?:j(?:s(?:on?)?)?)?\s{0,40})?(?:\[\s{0,40})?)\Z")
OPENS_OBJECT = re.compile(r"(?:\[\s{0,40})?\{\s{0,40}(?:[\"'}]|\Z)")
UP_TO_A_KEY = re.compile(r"[^{:]*[{:]?")  # an object can be distinguished from prose only after one of these
# An incomplete escape, or the first half of a surrogate pair.
CUT_ESCAPE = re.compile(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?\\(?:u[0-9a-fA-F]{0,3})?\Z|\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
CUT_MAX_CHARS = 11
ENDS_TEXT = re.compile(r'["\\\x00-\x1f]')  # ends the string, begins an escape, or is invalid JSON
REST_MAX_CHARS = 80  # maximum text after an object for it to be the reply, and not an example in prose


class StreamedText:
    """Takes the pieces of a model's answer and returns the new text for the customer.

    The answer should be the JSON object of REPLY_SCHEMA. Similar forms are accepted too: after a sentence, in a
    Markdown fence or a list, with unescaped line breaks or quotation marks in the text. If a model ignored the schema
    and wrote prose, the prose is the answer. Reasoning and template markers are never returned. `action` is known once
    `close` was called.

    With `structured` the server has accepted the schema. Prose is then held back, because it is an introduction or
    reasoning; `close` returns it if no object followed.
    """

    def __init__(self) -> None:
        self.text = ""  # everything returned so far
        self.action: str | None = None
        self._outside = ReasoningFilter()  # for text outside the object
        self._structured = False
        self._took_back = False
        self._begin()

    def _begin(self) -> None:
        self._took_back = self._took_back or bool(self.text)
        self.text = self._new = self._prose = self._rest = self._decoded = ""
        self._is_json: bool | None = None  # None: not known yet
        self._object: PartialObject | None = None
        self._cut = ""  # an incomplete escape, held back until the rest arrives
        self._within_text = False  # the next characters are text, up to a quotation mark or an escape
        self._shown = ReasoningFilter()

    def took_back(self) -> bool:
        """Return whether text returned earlier turned out not to be part of the answer. True only once."""
        took_back, self._took_back = self._took_back, False
        return took_back

    def feed(self, piece: str, *, structured: bool = False) -> str:
        """Add the next piece; return the new text, which is often empty."""
        self._new, self._structured = "", self._structured or structured
        while piece:
            if self._object and not self._object.is_whole:
                piece = self._read_object(self._object, piece)
            else:
                part = UP_TO_A_KEY.match(piece)
                end = part.end() if part else len(piece)
                self._read_outside(self._outside.feed(piece[:end]))
                piece = piece[end:]
        return self._new

    def close(self) -> str:
        """End the answer; return the text that was held back, which is all of it if it was not JSON after all.

        An object without a text returns nothing, because raw JSON is not an answer for a customer.
        """
        self._new = ""
        if self._object is None or self._object.is_whole:
            self._read_outside(self._outside.close())
        self._finish()
        self._show(self._shown.close())
        return self._new

    def _read_outside(self, text: str) -> None:
        if self._outside.void:
            self._outside.void = False
            self._begin()
        if self._object is not None:
            self._rest += text
            return
        self._prose += text
        if (at := self._object_at(len(text))) is not None:
            self._object = PartialObject()
            self._read_object(self._object, self._prose[at:])
            self._prose = self._prose[:at]
        if self._is_json is False and not self._structured:
            self._decode(self._prose[len(self._decoded) :])

    def _object_at(self, new_chars: int) -> int | None:
        """Return where the reply's object begins in the prose; None until that is clear."""
        if self._is_json is None:
            self._is_json = looks_like_json(self._prose)
        if self._is_json is None:
            return None
        if self._is_json:
            return self._prose.index("{")
        unread = max(0, len(self._prose) - new_chars - reply_json.BEGINS_MAX_CHARS)
        begins = reply_json.BEGINS.search(self._prose, unread)
        return begins.start() if begins else None

    def _read_object(self, reply: PartialObject, piece: str) -> str:
        """Add what the piece contributes to the text; return what follows the object."""
        piece = self._without_cut(self._cut + piece)
        if self._within_text and not ENDS_TEXT.search(piece):
            reply.add_plain(piece)
            self._decode(piece)
            return ""
        rest = reply.add(piece)
        if reply.is_whole:
            rest, self._cut = rest + self._cut, ""
        if self._within_text and (added := reply.added_text()) is not None:  # no need to parse everything again
            self._decode(added)
        elif self._is_json or self._structured:
            self._stream(reply)
        return rest

    def _without_cut(self, piece: str) -> str:
        cut = CUT_ESCAPE.search(piece, max(0, len(piece) - CUT_MAX_CHARS)) if self._within_text else None
        self._cut = cut[0] if cut else ""
        return piece[: cut.start()] if cut else piece

    def _stream(self, reply: PartialObject) -> None:
        read = reply.so_far() or {}
        text = read["text"] if isinstance(read.get("text"), str) else None
        self.action = read["action"] if read.get("action") in ACTIONS else self.action
        if text is not None and text.startswith(self._decoded):
            self._decode(text[len(self._decoded) :])
        # If one more letter would be part of the text, the next characters need no JSON parsing.
        self._within_text = text is not None and (reply.so_far("x") or {}).get("text") == f"{text}x"

    def _finish(self) -> None:
        if self._object is None:
            self._decode(self._prose[len(self._decoded) :])
            return
        self._object.add(self._cut)
        found = self._object.final()
        if self._is_prose(self._object, found):
            self._decode((self._prose + self._object.raw + self._rest)[len(self._decoded) :])
        elif found:
            self.action = found["action"] if found.get("action") in ACTIONS else None
            if not found["text"].startswith(self._decoded):
                self._begin()
            self._decode(found["text"][len(self._decoded) :])
        elif not self._is_json:  # the text before an unreadable object is not an answer
            self._begin()

    def _is_prose(self, opened: PartialObject, found: dict[str, Any] | None) -> bool:
        """Return whether the braces belong to prose, as an example or as words in {"curly"} brackets."""
        if self._is_json:
            return not found and opened.so_far() is None and not reply_json.BEGINS.search(opened.raw)
        if self._structured or not found:
            return False
        fields, rest = set(found), self._rest.strip(" \n`]")
        return not (fields == reply_json.FIELDS or (fields < reply_json.FIELDS and len(rest) <= REST_MAX_CHARS))

    def _decode(self, text: str) -> None:
        """Add the next part of the answer's text, without reasoning and markers."""
        self._decoded += text
        new = self._shown.feed(text)
        if self._shown.void:
            self._shown.void = False
            self._took_back = self._took_back or bool(self.text)
            self.text = self._new = ""
        self._show(new)

    def _show(self, new: str) -> None:
        self._new += new
        self.text += new


def looks_like_json(raw: str) -> bool | None:
    """Return whether the answer begins as JSON; None while it is too short to decide."""
    if MAY_BECOME_JSON.match(raw):
        return None
    body = FENCE.sub("", raw, count=1).lstrip()
    return bool(OPENS_OBJECT.match(body))


def reply_text(whole: str, *, structured: bool = False) -> str:
    """Return the text of a complete answer."""
    words = StreamedText()
    return words.feed(whole, structured=structured) + words.close()
