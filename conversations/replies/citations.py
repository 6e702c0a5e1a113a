"""Citations: the server numbers the sources, the model cites numbers and never writes links."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from conversations.replies import link_filter
from conversations.replies.grounding import Doubt

NUMBER = re.compile(r"\s?\[(\d{1,3})\]")


class Citable(Protocol):
    """What a passage has to show to be cited."""

    title: str
    url: str
    text: str
    article_id: Any


def cited(text: str, passages: Sequence[Citable]) -> tuple[str, list[dict[str, Any]]]:
    """The text without numbers nobody gave out and links nobody has, and its citations in the order of their numbers.

    Each citation is {n, title, url, article_id}; passages are numbered from 1 as the model saw them.
    """
    used: set[int] = set()

    def keep(match: re.Match[str]) -> str:
        number = int(match[1])
        if 1 <= number <= len(passages):
            used.add(number)
            return match[0]
        return ""

    text = NUMBER.sub(keep, link_filter.only(text, link_filter.known(passages)))
    return text, [citation(number, passages[number - 1]) for number in sorted(used)]


def citation(number: int, passage: Citable) -> dict[str, Any]:
    return {"n": number, "title": passage.title, "url": passage.url, "article_id": str(passage.article_id)}


def marked(given: Sequence[dict[str, Any]], doubts: Sequence[Doubt]) -> list[dict[str, Any]]:
    """The citations; one named by a sentence that it does not carry says so with `supported` false."""
    doubted = {number for doubt in doubts for number in doubt.numbers}
    return [each | {"supported": False} if each["n"] in doubted else each for each in given]
