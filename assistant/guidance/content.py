"""The content of one version of guidance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import models

from assistant.workspaces.models import Workspace

DEFAULT_TONE = "friendly, plain, exact"


class Length(models.TextChoices):
    SHORT = "short", "Short"
    NORMAL = "normal", "Normal"
    DETAILED = "detailed", "Detailed"


class Response(models.TextChoices):
    """The response to a message about a topic."""

    SAY = "say", "Say the reply below"
    OFFER = "offer", "Say the reply below and offer a person"
    HAND_OVER = "hand_over", "Hand over to a person"


LENGTH_INSTRUCTIONS = {
    Length.SHORT: "one to three sentences; steps as a short numbered list",
    Length.NORMAL: "as short as a complete answer allows; steps as a numbered list",
    Length.DETAILED: "complete, with the reasons and details that the passages give; steps as a numbered list",
}
# Without a model, articles are quoted: the maximum number of quotes, and of words in each.
QUOTES = {Length.SHORT: (1, 60), Length.NORMAL: (2, 120), Length.DETAILED: (3, 240)}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, recognised by words, or by the similarity of a message to its name or examples."""

    name: str
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    response: str = Response.SAY
    reply: str = ""  # in the shop's words; empty for the standard reply of a handoff


@dataclass(frozen=True, slots=True)
class Content:
    """The texts of a version. Versions with the same texts are equal, whatever their numbers."""

    persona: str = ""
    tone: str = ""
    length: str = Length.NORMAL
    do: tuple[str, ...] = ()
    do_not: tuple[str, ...] = ()
    forbidden_topics: tuple[Topic, ...] = ()
    handoff_topics: tuple[Topic, ...] = ()
    languages: tuple[str, ...] = ()  # ISO 639-1; empty: all
    other_languages: str = ""  # the reply to a message in any other language
    number: int | None = field(default=None, compare=False)  # of the version; None if the workspace has no guidance

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        """Create it from the result of `as_json`. Missing fields get their defaults."""
        texts = {name: stored[name] for name in ("persona", "tone", "length", "other_languages") if name in stored}
        lists = {name: tuple(stored.get(name, ())) for name in ("do", "do_not", "languages")}
        topics = {
            name: tuple(_topic(each) for each in stored.get(name, ()))
            for name in ("forbidden_topics", "handoff_topics")
        }
        return cls(**texts, **lists, **topics, number=stored.get("number"))

    def as_json(self) -> dict[str, Any]:
        """Return the texts as JSON, without the version's number."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        del plain["number"]
        return plain

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """The maximum number of tokens of a model's answer."""
        if self.length == Length.SHORT:
            return min(settings.REPLY_SHORT_MAX_TOKENS, settings.REPLY_MAX_TOKENS)
        if self.length == Length.DETAILED:
            return max(settings.REPLY_DETAILED_MAX_TOKENS, settings.REPLY_MAX_TOKENS)
        return int(settings.REPLY_MAX_TOKENS)


def live_in(workspace: Workspace) -> Content:
    """Return the live version, as loaded with the workspace."""
    return Content.from_json(workspace.guidance)


def _topic(stored: Mapping[str, Any]) -> Topic:
    lists = {name: tuple(stored.get(name, ())) for name in ("words", "examples")}
    texts = {name: stored[name] for name in ("name", "response", "reply") if name in stored}
    return Topic(**texts, **lists)
