"""One shop per language, and a model that repeats its prompt."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from assistant.llm.engines.base import Prompt
from assistant.workspaces.models import ApiKey, Widget, Workspace
from knowledge.articles import publishing
from tests.conftest import ORIGIN
from tests.leaks.visitors import FIRST, LANGUAGES, SECOND, TOPICS
from tests.repeating import answers

SEED = 20261130
KNOWN = ("passages", "question")


@dataclass(frozen=True, slots=True)
class Shop:
    workspace: Workspace
    widget: Widget
    secret: str  # of an API key with every scope


def opened(seed: int) -> dict[str, Shop]:
    """A shop for each language that never declines, with an article about each family of products."""
    return {language: _opened(language, random.Random(seed)) for language in LANGUAGES}


def _opened(language: str, chance: random.Random) -> Shop:
    workspace = Workspace.objects.create(slug=language, name=f"Shop {language}", locale=language, confidence_min=0.0)
    widget = Widget.objects.create(workspace=workspace, public_key=f"wk_{language}", origins=[ORIGIN], locale=language)
    _, secret = ApiKey.issue(workspace, "for tests", list(ApiKey.SCOPES))
    for first in FIRST:  # an article for all that share a first name
        products = [f"{first} {second}" for second in SECOND]
        facts = [topic[0].format(p=p, n=chance.randint(2, 60)) for p in products for topic in TOPICS[language]]
        publishing.publish(publishing.save_draft(workspace, title=first, body=" ".join(facts), locale=language))
    return Shop(workspace, widget, secret)


def repeats_all(prompt: Prompt) -> str:
    """The passages, each with its number, and then everything else that was read: the question, and what was said."""
    *before, last = [message.content for message in prompt.messages if message.role != "system"]
    read = json.loads(last)
    said = [f"{passage['text']} [{passage['n']}]" for passage in read["passages"]]
    memory = [str(value) for name, value in read.items() if name not in KNOWN]
    return answers("\n".join([*said, read["question"], *before, *memory]))
