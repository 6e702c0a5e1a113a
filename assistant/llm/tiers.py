"""Which tier of models does which task.

| task | tier | why |
|---|---|---|
| act of a message, its language, may it be shared, does it stand alone | tiny | classifiers of this process, no call |
| search, reader, abstention | tiny | the embedder and the reader of this process |
| summary, rewriting of notes, titles | small | short, checked, and never the last word |
| reply to a customer | by question | `conversations.replies.routing` decides for each message |
| check of a cached answer | large | it is there to find mistakes of the smaller ones |

`small` may be a tiny model of this machine, which is no model to answer customers. The small model that may answer
them is the tier `saving`.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator

from assistant.llm import registry, router
from assistant.llm.attempt import OnMetered
from assistant.llm.engines.base import Prompt
from assistant.llm.router import Call, RoutedDelta
from assistant.usage.models import ModelCall

LARGE, SMALL, ANSWERING = "large", "small", "saving"
TASKS = {
    ModelCall.Purpose.SUMMARY: SMALL,
    ModelCall.Purpose.REWRITE: SMALL,
    ModelCall.Purpose.SHADOW: LARGE,
}


def has_two(workspace_id: uuid.UUID | None) -> bool:
    """Whether this workspace has a large model and another, smaller one that may answer customers."""
    if not (registry.has(LARGE, workspace_id) and router.is_configured(ANSWERING, workspace_id)):
        return False
    return set(registry.own_names(LARGE, workspace_id)).isdisjoint(registry.names(ANSWERING, workspace_id))


def context_tokens(tier: str, workspace_id: uuid.UUID | None) -> int | None:
    """What fits, prompt and answer together, into every model that may be asked with a prompt for this tier; None where
    there is none.

    Those that it falls back to count as well, and where nothing is routed those that come first under a budget.
    """
    names = registry.names(tier, workspace_id)
    if tier == LARGE and not has_two(workspace_id):
        names += registry.own_names(ANSWERING, workspace_id)
    return registry.context_tokens(names)


def ask_small(prompt: Prompt, call: Call, on_metered: OnMetered) -> AsyncGenerator[RoutedDelta, None]:
    """The small model's answer, asked once: where it fails, the large one is there. Raises as `router.stream` does."""
    return router.stream(prompt, call, tier=ANSWERING, on_metered=on_metered, retries=0)


def ask_large(prompt: Prompt, call: Call, on_metered: OnMetered) -> AsyncGenerator[RoutedDelta, None]:
    return router.stream(prompt, call, tier=LARGE, on_metered=on_metered)


async def complete(prompt: Prompt, call: Call, tier: str) -> str:
    """The whole answer of a tier as text. Raises as `router.stream` does."""
    return (await router.complete(prompt, call, tier=tier)).text
