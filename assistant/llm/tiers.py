"""Which tier of models handles which task.

| task | tier | why |
|---|---|---|
| act of a message, its language, may it be shared, does it stand alone | tiny | classifiers in this process, no call |
| search, reader, abstention | tiny | the embedder and the reader in this process |
| summary, rewriting of notes, titles | small | short and checked, not an answer to a customer |
| reply to a customer | by question | `conversations.replies.routing` decides for each message |
| check of a cached answer | large | finds mistakes of the smaller models |

`small` may be a tiny model on this machine, which is not good enough to answer customers. The small model that may
answer them is the tier `saving`.
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
    """Return whether this workspace has a large model and a different, smaller one that may answer customers."""
    if not (registry.has(LARGE, workspace_id) and router.is_configured(ANSWERING, workspace_id)):
        return False
    return set(registry.own_names(LARGE, workspace_id)).isdisjoint(registry.names(ANSWERING, workspace_id))


def context_tokens(tier: str, workspace_id: uuid.UUID | None) -> int | None:
    """Return the smallest context of all models that may get a prompt for this tier; None if there are none.

    It includes the fallback tiers and, without routing, the models that a budget prefers. Prompt and answer share it.
    """
    names = registry.names(tier, workspace_id)
    if tier == LARGE and not has_two(workspace_id):
        names += registry.own_names(ANSWERING, workspace_id)
    return registry.context_tokens(names)


def ask_small(prompt: Prompt, call: Call, on_metered: OnMetered) -> AsyncGenerator[RoutedDelta, None]:
    """Ask the small model, without retries because the large one is the fallback. Raises like `router.stream`."""
    return router.stream(prompt, call, tier=ANSWERING, on_metered=on_metered, retries=0)


def ask_large(prompt: Prompt, call: Call, on_metered: OnMetered) -> AsyncGenerator[RoutedDelta, None]:
    return router.stream(prompt, call, tier=LARGE, on_metered=on_metered)


async def complete(prompt: Prompt, call: Call, tier: str) -> str:
    """Return the complete answer of a tier as text. Raises like `router.stream`."""
    return (await router.complete(prompt, call, tier=tier)).text
