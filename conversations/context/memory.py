"""Recall older messages of a conversation that help with the current question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db import transaction

from assistant.llm import embeddings
from conversations.context.fact_ledger import Ledger
from conversations.context.memory_index import older_than
from conversations.context.memory_ranking import within
from conversations.models import Conversation, Message, MessageVector

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Remembered:
    """An older message or its relevant part, verbatim, with values that were corrected later marked."""

    seq: int
    role: str
    text: str


def recall(
    conversation: Conversation,
    question: str,
    vector: np.ndarray | None,
    *,
    before_seq: int,
    budget_tokens: int,
    count: Count,
    ledger: Ledger | None = None,
    bare: str = "",
) -> tuple[Remembered, ...]:
    """Return messages before `before_seq` that help with the question, within the budget, in order.

    `before_seq` is the start of the prompt's verbatim messages, so nothing appears twice. Without a vector only words
    count. `bare` is the question without the context added to it.
    """
    older = older_than(before_seq, conversation, vector)
    messages = older.index.said
    order = older.index.ranked(question, older.cosines, bare, older.upto)
    chosen = within(order[: settings.MEMORY_CANDIDATES], lambda place: count(messages[place].text), budget_tokens)
    ledger = ledger or Ledger()
    return tuple(
        Remembered(messages[place].seq, messages[place].role, ledger.marked(messages[place].text)) for place in chosen
    )


def index(conversation: Conversation, upto: Message) -> int:
    """Embed every message up to this one; return how many were new. Idempotent.

    Raises:
        EngineUnavailable: the embedder is not available; the task is retried.
    """
    name = embeddings.embedder_name()
    bare = Message.objects.for_assistant().filter(conversation=conversation, seq__lte=upto.seq).exclude(text="")
    new = list(bare.exclude(vector__embedder=name).order_by("seq"))
    vectors = embeddings.embed([message.text for message in new], workspace_id=conversation.workspace_id)
    rows = [
        MessageVector(message=message, embedding=vector, embedder=name)
        for message, vector in zip(new, vectors, strict=True)
    ]
    with transaction.atomic():
        if not conversation.hold():
            return 0  # erased in the meantime
        MessageVector.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["message"], update_fields=["embedding", "embedder"]
        )
    return len(rows)
