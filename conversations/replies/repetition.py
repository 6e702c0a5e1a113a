"""Detect a reply that would repeat the previous one although the question is different."""

import re

from conversations.messaging.question import Question
from conversations.models import Message

_WORD = re.compile(r"\w+")


def told_before(question: Question) -> str:
    """Return the assistant's last reply if it answered a different question than this one; otherwise empty."""
    *earlier, last = question.history or (None,)
    if last is None or last.role != Message.Role.ASSISTANT:
        return ""
    asked = next((said.text for said in reversed(earlier) if said.role == Message.Role.CUSTOMER), "")
    return "" if _words(asked) == _words(question.text) else last.text


def is_in(text: str, told: str) -> bool:
    """Return whether the words of the text appear in `told` in a row."""
    return bool(told) and f" {_words(text)} " in f" {_words(told)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
