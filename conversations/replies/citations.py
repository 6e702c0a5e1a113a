"""Citations: the server numbers the sources, the model cites numbers and never writes links."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from conversations.replies import link_filter
from conversations.replies.grounding import Doubt

NUMBER = re.compile(r"\s?\[(\d{1,3})\]")


class Citable(Protocol):
    """The fields of a passage that a citation needs."""

    title: str
    url: str
    text: str
    article_id: Any


def cited(text: str, passages: Sequence[Citable]) -> tuple[str, list[dict[str, Any]]]:
    """Return the text without unknown source numbers and links, and its citations ordered by number.

    Each citation is {n, title, url, article_id}; passages are numbered from 1, in the order the model saw them.
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
    """Return the citations, with `supported` set to false where a sentence cites a source that does not support it."""
    doubted = {number for doubt in doubts for number in doubt.numbers}
    return [each | {"supported": False} if each["n"] in doubted else each for each in given]
