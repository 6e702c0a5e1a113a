"""Find older messages of a conversation that help with the current question."""

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
    """An older message, or the part of it that matters, word for word; a value corrected later is marked as such."""

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
    """The messages before `before_seq` that help with the question, within the budget, in order.

    `before_seq` is where the prompt's verbatim tail begins, so nothing is told twice. Without a
    vector the words alone decide. `bare` is the question without what it was filled up with.
    """
    found = older_than(before_seq, conversation, vector)
    said = found.index.said
    order = found.index.ranked(question, found.cosines, bare, found.upto)
    kept = within(order[: settings.MEMORY_CANDIDATES], lambda place: count(said[place].text), budget_tokens)
    ledger = ledger or Ledger()
    return tuple(Remembered(said[place].seq, said[place].role, ledger.marked(said[place].text)) for place in kept)


def index(conversation: Conversation, upto: Message) -> int:
    """Give every message up to this one its vector; returns how many were new. Safe to repeat.

    Raises:
        EngineUnavailable: the embedder is away; the task comes back.
    """
    name = embeddings.embedder_name()
    bare = Message.objects.said().filter(conversation=conversation, seq__lte=upto.seq).exclude(text="")
    new = list(bare.exclude(vector__embedder=name).order_by("seq"))
    vectors = embeddings.embed([message.text for message in new], workspace_id=conversation.workspace_id)
    rows = [
        MessageVector(message=message, embedding=vector, embedder=name)
        for message, vector in zip(new, vectors, strict=True)
    ]
    with transaction.atomic():
        if not conversation.hold():
            return 0  # erased meanwhile
        MessageVector.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["message"], update_fields=["embedding", "embedder"]
        )
    return len(rows)
