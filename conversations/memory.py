"""A conversation's own older messages, found again for the question at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from channels.db import database_sync_to_async
from django.conf import settings
from pgvector.django import CosineDistance

from assistant import embeddings
from conversations.ledger import Ledger
from conversations.models import Conversation, Message, MessageVector
from conversations.recall import Said, parts, ranked, within

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Remembered:
    """An older message, or the part of it that matters, word for word; a value corrected later is marked as such."""

    seq: int
    role: str
    text: str
    thread: str


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
    """What the question needs of the messages before `before_seq`, within the budget, in the order said.

    `before_seq` is where the prompt's verbatim tail begins, so nothing is told twice. Without a
    vector the words alone decide. `bare` is the question without what it was filled up with.
    """
    said = [part for message in _said(conversation, before_seq) for part in parts(message)]
    if not said:
        return ()
    order = ranked(said, question, _cosines(conversation, said, vector), conversation.locale, bare)
    kept = within(order[: settings.MEMORY_CANDIDATES], lambda place: count(said[place].text), budget_tokens)
    ledger = ledger or Ledger()
    return tuple(
        Remembered(said[place].seq, said[place].role, ledger.marked(said[place].text), said[place].thread)
        for place in kept
    )


def index(conversation: Conversation, upto: Message) -> int:
    """Give every message up to this one its vector; returns how many were new. Safe to repeat.

    Raises:
        EngineUnavailable: the embedder is away; the task comes back.
    """
    name = embeddings.embedder_name()
    bare = Message.objects.said().filter(conversation=conversation, seq__lte=upto.seq).exclude(text="")
    new = list(bare.exclude(vector__embedder=name).order_by("seq"))
    vectors = embeddings.embed([message.text for message in new], workspace_id=conversation.workspace_id)
    MessageVector.objects.bulk_create(
        [
            MessageVector(message=message, embedding=vector, embedder=name)
            for message, vector in zip(new, vectors, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["message"],
        update_fields=["embedding", "embedder"],
    )
    return len(new)


def _said(conversation: Conversation, before_seq: int) -> list[Said]:
    """The older messages of this conversation and, before them, those of earlier ones that may be remembered."""
    own = Message.objects.filter(conversation=conversation, seq__lt=before_seq, seq__gt=conversation.context_from_seq)
    newest = own.said().order_by("-seq").values_list("seq", "role", "text")[: settings.MEMORY_MESSAGES]
    thread = str(conversation.id)
    return _earlier(conversation) + [Said(*row, thread) for row in reversed(list(newest))]


def _earlier(conversation: Conversation) -> list[Said]:
    """Only of a contact whose identity the shop vouched for, and only where the workspace wants it."""
    allowed = conversation.workspace.settings.get("remember_across_conversations", False)
    if not (allowed and conversation.contact.verified):
        return []
    others = Message.objects.filter(
        conversation__contact=conversation.contact_id,
        conversation__workspace=conversation.workspace_id,
        conversation__created_at__lt=conversation.created_at,
    )
    rows = others.said().order_by("-created_at").values_list("seq", "role", "text", "conversation_id")
    return [
        Said(seq, role, text, str(thread))
        for seq, role, text, thread in reversed(list(rows[: settings.MEMORY_MESSAGES]))
    ]


def _cosines(conversation: Conversation, said: list[Said], vector: np.ndarray | None) -> dict[int, float]:
    if vector is None:
        return {}
    threads = {part.thread for part in said}
    near = (
        MessageVector.objects.filter(message__conversation__in=threads, embedder=embeddings.embedder_name())
        # + 0: an exact scan of one conversation, whatever index there may be over all of them.
        .annotate(distance=CosineDistance("embedding", vector) + 0.0)
        .order_by("distance")
        .values_list("message__conversation_id", "message__seq", "distance")[: settings.MEMORY_CANDIDATES]
    )
    cosines = {(str(thread), seq): 1 - far for thread, seq, far in near}
    return {
        place: cosines[part.thread, part.seq] for place, part in enumerate(said) if (part.thread, part.seq) in cosines
    }


arecall = database_sync_to_async(recall, thread_sensitive=False)
