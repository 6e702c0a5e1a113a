"""Two versions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.guidance.content import Content, Length, Response, Topic
from knowledge.articles.revisions import DiffLine, differences

OLD, NEW = {"same", "removed", "gap"}, {"same", "added", "gap"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs: what it says in the one version, and in the other."""

    label: str
    before: tuple[DiffLine, ...]
    after: tuple[DiffLine, ...]


def side_by_side(before: Content, after: Content) -> list[Difference]:
    """The fields that differ, in the order of the form."""
    old, new = as_texts(before), as_texts(after)
    return [_difference(label, old[label], new[label]) for label in new if old[label] != new[label]]


def as_texts(content: Content) -> dict[str, str]:
    """What each field says, as people read it."""
    return {
        "Persona": content.persona,
        "Tone": content.tone,
        "Length": Length(content.length).label,
        "Do": "\n".join(content.do),
        "Do not": "\n".join(content.do_not),
        "Forbidden topics": "\n".join(line for each in content.forbidden_topics for line in _forbidden(each)),
        "Hand over when": "\n".join(line for each in content.handoff_topics for line in _handoff(each)),
        "Languages": ", ".join(content.languages) or "All",
        "Reply in other languages": content.other_languages,
    }


def _difference(label: str, before: str, after: str) -> Difference:
    lines = differences(before, after)
    left, right = (tuple(line for line in lines if line.kind in side) for side in (OLD, NEW))
    return Difference(label, left, right)


def _forbidden(topic: Topic) -> Iterator[str]:
    response = "Hand over" if topic.response == Response.HAND_OVER else "Say"
    yield f"{topic.name}: {response}{_quoted(topic.reply)}{_offered(topic)}"
    yield from _signs(topic)


def _handoff(topic: Topic) -> Iterator[str]:
    yield f"{topic.name}{':' if topic.reply else ''}{_quoted(topic.reply)}"
    yield from _signs(topic)


def _quoted(reply: str) -> str:
    return f" “{' '.join(reply.split())}”" if reply else ""


def _offered(topic: Topic) -> str:
    return " and offer a person" if topic.response == Response.OFFER else ""


def _signs(topic: Topic) -> Iterator[str]:
    if topic.words:
        yield f"– Words: {', '.join(topic.words)}"
    yield from (f"– Example: {example}" for example in topic.examples)
