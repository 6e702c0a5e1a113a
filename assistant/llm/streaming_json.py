"""Extract the text of a structured reply while its JSON is still streaming."""

from __future__ import annotations

import re
from typing import Any

from assistant.llm import reply_json
from assistant.llm.reasoning import ReasoningFilter
from assistant.llm.reply_json import PartialObject

ACTIONS = ("offer_handoff",)
FENCE = re.compile(r"\s{0,40}```(?:json)?\s{0,40}(?=[\[{])")
# Long enough to tell a fenced or bare JSON object, or a list that holds one, from prose.
MAY_BECOME_JSON = re.compile(r"\s{0,40}(?:`{0,2}|(?:```(?:j(?:s(?:on?)?)?)?\s{0,40})?(?:\[\s{0,40})?)\Z")
OPENS_OBJECT = re.compile(r"(?:\[\s{0,40})?\{\s{0,40}(?:[\"'}]|\Z)")
UP_TO_A_KEY = re.compile(r"[^{:]*[{:]?")  # an object can be told from prose only after one of these
# An escape that is not whole, or the first half of a character that takes two.
CUT_ESCAPE = re.compile(r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?\\(?:u[0-9a-fA-F]{0,3})?\Z|\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
CUT_MAX_CHARS = 11
ENDS_TEXT = re.compile(r'["\\\x00-\x1f]')  # may end it, or stands for something else, or makes it no JSON
REST_MAX_CHARS = 80  # after an object that is the reply, and not an example in one


class StreamedText:
    """Takes the pieces of a model's answer and gives the new text for the customer.

    The answer should be the JSON object of REPLY_SCHEMA. What is nearly that is read too: after a sentence, in a
    Markdown fence or a list, with bare line breaks or quotation marks inside the text. A model that ignored the schema
    and wrote prose is taken at its word. Reasoning and template markers are never given out. `action` is known once
    `close` was called.

    With `structured` the server has promised the object. Prose is then held back, for it is what comes before the
    object, or reasoning; `close` gives it out where no object came.
    """

    def __init__(self) -> None:
        self.text = ""  # all that was given out
        self.action: str | None = None
        self._outside = ReasoningFilter()  # of what stands outside the object
        self._structured = False
        self._took_back = False
        self._begin()

    def _begin(self) -> None:
        self._took_back = self._took_back or bool(self.text)
        self.text = self._new = self._prose = self._rest = self._decoded = ""
        self._is_json: bool | None = None  # None: too early to tell
        self._object: PartialObject | None = None
        self._cut = ""  # the beginning of an escape, held back until the rest has come
        self._within_text = False  # what comes next is text, up to a quotation mark or an escape
        self._shown = ReasoningFilter()

    def took_back(self) -> bool:
        """Has what was given out before the last call turned out to be no part of the answer? True once."""
        took_back, self._took_back = self._took_back, False
        return took_back

    def feed(self, piece: str, *, structured: bool = False) -> str:
        """Take the next piece; return the text that is new with it, often nothing."""
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
        """Say that no more comes; return what was held back, which is the whole when it was no JSON after all.

        An object without a text gives nothing: raw JSON is no answer for a customer.
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
        """Where in the prose the reply's object begins, once that is clear."""
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
        """Give out what the piece adds to the text; return what follows the object."""
        piece = self._without_cut(self._cut + piece)
        if self._within_text and not ENDS_TEXT.search(piece):
            reply.add_plain(piece)
            self._decode(piece)
            return ""
        rest = reply.add(piece)
        if reply.is_whole:
            rest, self._cut = rest + self._cut, ""
        if self._within_text and (added := reply.added_text()) is not None:  # no need to read all of it again
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
        # Would a letter that came now be one of the text? Then those that do come need not be read as JSON.
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
        elif not self._is_json:  # the words before an object that nobody can read are no answer
            self._begin()

    def _is_prose(self, opened: PartialObject, found: dict[str, Any] | None) -> bool:
        """Does the object, if it is one, belong to prose: as an example in it, or as words in {"curly"} brackets?"""
        if self._is_json:
            return not found and opened.so_far() is None and not reply_json.BEGINS.search(opened.raw)
        if self._structured or not found:
            return False
        fields, rest = set(found), self._rest.strip(" \n`]")
        return not (fields == reply_json.FIELDS or (fields < reply_json.FIELDS and len(rest) <= REST_MAX_CHARS))

    def _decode(self, text: str) -> None:
        """Give out the next part of the answer's text, less what is not meant for readers."""
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
    """True or False once it is clear how the answer begins; None while it is too short to tell."""
    if MAY_BECOME_JSON.match(raw):
        return None
    body = FENCE.sub("", raw, count=1).lstrip()
    return bool(OPENS_OBJECT.match(body))


def reply_text(whole: str, *, structured: bool = False) -> str:
    """The text of a whole answer."""
    words = StreamedText()
    return words.feed(whole, structured=structured) + words.close()
