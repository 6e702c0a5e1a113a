"""Detect a reply that would repeat the previous one although the question is different."""

import re

from conversations.messaging.question import Question
from conversations.models import Message

_WORD = re.compile(r"\w+")


def told_before(question: Question) -> str:
    """The assistant's last reply, if it answered another question than this one; else empty."""
    *earlier, last = question.history or (None,)
    if last is None or last.role != Message.Role.ASSISTANT:
        return ""
    asked = next((said.text for said in reversed(earlier) if said.role == Message.Role.CUSTOMER), "")
    return "" if _words(asked) == _words(question.text) else last.text


def is_in(text: str, told: str) -> bool:
    """Whether all words of a text stand in what was told, one after the other."""
    return bool(told) and f" {_words(text)} " in f" {_words(told)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
