"""Remove from a model's output what customers should not see: its reasoning, and markers of its chat template.

Reasoning models write their thoughts between tags before the answer, and some servers include them in it. Servers with
a wrong chat template include the tokens that end a turn, and sometimes the turns that follow.
"""

from __future__ import annotations

import re

_NAMES = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning)"
_TURN = (
    r"(?:<\|(?:im_start|im_middle|start|start_header_id|header_start|start_of_role|begin_of_text|assistant)\|>"
    r"|<start_of_turn>|<\uff5c(?:Assistant|begin▁of▁sentence)\uff5c>|<bos>)"
)
# Each part is bounded, so that a search takes linear time.
_MARKER = re.compile(
    rf"(?P<open><\s?{_NAMES}\s?>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|channel\|>\s?(?:analysis|commentary)\b)"
    rf"|(?P<close><\s?/\s?{_NAMES}\s?>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>"
    r"|<\|channel\|>\s?final\s?(?:<\|constrain\|>\s?\w{1,20}\s?)?<\|message\|>)"
    rf"|(?P<turn>{_TURN})"
    r"|(?P<end><\|[A-Za-z][A-Za-z_]{0,38}\|>|<\uff5c[^<>\uff5c\s]{1,60}\uff5c>|<end_of_turn>|<eos>|\[/?INST\])",
    re.I,
)
# The role after a marker that begins a turn.
_ROLE = re.compile(r"\s{0,4}(?:(?:assistant|model|bot)\b)?(?:<\|(?:end_header_id|header_end|end_of_role)\|>)?", re.I)
# The end of an incomplete text that may become a marker.
_MAY_BEGIN = re.compile(
    r"<[\s/]{0,3}[\w|\uff5c▁:]{0,62}\s?\Z"
    r"|\[/?(?:T(?:H(?:I(?:NK?)?)?)?|I(?:N(?:ST?)?)?)?\Z"
    r"|◁/?[a-z]{0,6}\Z"
    r"|<\|channel\|>\s?\w{0,12}\s?(?:<[\w|]{0,12}>?\s?\w{0,20}\s?(?:<[\w|]{0,10})?)?\Z"
    rf"|{_TURN}\s{{0,4}}\w{{0,9}}(?:<[\w|]{{0,16}})?\Z",
    re.I,
)
_END_OF_SEQUENCE = re.compile(r"</s>\s{0,9}\Z")  # also an HTML tag, so it is a marker only at the very end
_SPECIAL = re.compile(r"[<\[◁]")
_MARKER_MAX_CHARS = 160


class ReasoningFilter:
    """Takes a streamed text in pieces and returns those that customers may see.

    `void` is set by a closing tag without an opening one, as when the chat template itself contains the opening one.
    All text before it, returned or not, was reasoning. The caller that handles `void` resets it.
    """

    def __init__(self) -> None:
        self.void = False
        self._held = ""
        self._thinking = False
        self._begun = False  # there was visible text, not only white space
        self._trims = False  # white space after a marker is removed
        self._ended = False  # the turn is over; further text belongs to another turn

    def feed(self, piece: str) -> str:
        if self._is_plain and not _SPECIAL.search(piece):
            return piece
        return self._read(piece, final=False)

    @property
    def _is_plain(self) -> bool:
        return self._begun and not (self._held or self._thinking or self._trims or self._ended)

    def close(self) -> str:
        """End the text; return what was held back because it might have become a marker."""
        return _END_OF_SEQUENCE.sub("", self._read("", final=True))

    def _read(self, piece: str, *, final: bool) -> str:
        self._held += piece
        given = ""
        certain = len(self._held) if final else self._certain()
        while not self._ended and (marker := _MARKER.search(self._held, 0, certain)):
            given += self._readable(self._held[: marker.start()])
            if self._is_void(marker):
                given = ""
            end = marker.end()
            if marker["turn"] and (role := _ROLE.match(self._held, end)):
                end = role.end()
            self._held, certain = self._held[end:], certain - end
            self._trims = not self._begun or bool(marker["close"])
        if self._ended:
            self._held = ""
            return given
        given += self._readable(self._held[: max(0, certain)])
        self._held = self._held[max(0, certain) :]
        return given

    def _readable(self, text: str) -> str:
        if self._thinking:
            return ""
        if self._trims:
            text = text.lstrip()
            self._trims = not text
        self._begun = self._begun or bool(text.strip())
        return text

    def _is_void(self, marker: re.Match[str]) -> bool:
        """Process a marker. Return whether all text before it was reasoning."""
        if marker["open"]:
            self._thinking = True
        elif marker["close"]:
            alone = self._begun and not self._thinking
            self._thinking = False
            if alone:
                self.void, self._begun = True, False
            return alone
        elif not self._thinking:
            self._ended = self._begun
        return False

    def _certain(self) -> int:
        """Return the length of the held text that can no longer become part of a marker."""
        begins = _MAY_BEGIN.search(self._held, max(0, len(self._held) - _MARKER_MAX_CHARS))
        last = _END_OF_SEQUENCE.search(self._held, max(0, len(self._held) - _MARKER_MAX_CHARS))
        return min(found.start() if found else len(self._held) for found in (begins, last))


def without_reasoning(text: str) -> str:
    """Return a complete text without reasoning and template markers."""
    words = ReasoningFilter()
    return words.feed(text) + words.close()
