"""The older messages of a conversation, as memory searches them: read once, kept in this process, added to.

What was said seldom changes, so each question asks the database only whether it still stands as it was read (`xmin`
and `ctid` say who wrote a row last, and where it lies since), how near each message is to it, and for what is new.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection

from assistant.llm import embeddings
from conversations.context.memory_ranking import Index, Said, parts
from conversations.models import Conversation, Message
from knowledge.indexing.vectors import as_text

MOST_PARTS = 30_000  # kept in this process, of all conversations; about a kilobyte each
STEP_MESSAGES = 100  # by so many at once the oldest are left out

# Of other conversations everything, of this one what lies between two numbers.
SAID = """
    FROM conversations_message AS message
    WHERE conversation_id = ANY(%(threads)s) AND role <> %(note)s AND status <> ALL(%(unread)s)
        AND (conversation_id <> %(own)s OR seq > %(since)s AND seq < greatest(%(before)s, %(known)s + 1))
"""
STANDING = f"""
WITH told AS (
    SELECT id, conversation_id, seq, hashtext(xmin::text || ctid::text) AS written,
        conversation_id <> %(own)s OR seq <= %(known)s AS known,
        conversation_id <> %(own)s OR seq < %(before)s AS older
    {SAID}
)
SELECT count(*) FILTER (WHERE known), coalesce(sum(written) FILTER (WHERE known), 0),
    count(*) FILTER (WHERE NOT known), count(*) FILTER (WHERE older),
    string_agg(
        coalesce((embedding <=> %(vector)s::halfvec)::real::text, 'nan'), ','
        ORDER BY array_position(%(threads)s, conversation_id), seq
    ) FILTER (WHERE older)
FROM told LEFT JOIN conversations_messagevector ON message_id = told.id AND embedder = %(embedder)s
"""
READ = f"""
SELECT seq, role, text, conversation_id::text, hashtext(xmin::text || ctid::text)
{SAID}
ORDER BY array_position(%(threads)s, conversation_id), seq
"""


class Found(NamedTuple):
    """An index, the number of its parts that are older than the tail, and how alike the question each part is."""

    index: Index
    upto: int
    cosines: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Kept:
    """An index of so many messages. `stamp`: how many rows it was made of, and the sum of their versions."""

    index: Index
    stamp: tuple[int, int] = (0, 0)
    newest_seq: int = 0
    message_of: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))  # for each part, from 0 on

    def with_more(self, rows: list[tuple[Any, ...]], own: str) -> Kept:
        cut = [parts(Said(*row[:4])) for row in rows]
        numbers = [np.full(len(each), at) for at, each in enumerate(cut, start=self.stamp[0])]
        return Kept(
            self.index.grown([part for each in cut for part in each]),
            (self.stamp[0] + len(rows), self.stamp[1] + sum(row[4] for row in rows)),
            rows[-1][0] if rows and rows[-1][3] == own else self.newest_seq,
            np.concatenate((self.message_of, *numbers)),
        )


class Shelf:
    """The indexes of the conversations that were asked about last."""

    def __init__(self, most_parts: int = MOST_PARTS) -> None:
        self.most_parts = most_parts
        self._kept: OrderedDict[UUID, Kept] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def take(self, conversation: Conversation) -> Kept:
        kept = self._kept.get(conversation.pk)
        return kept if kept and kept.index.locale == conversation.locale else Kept(Index(conversation.locale))

    def put(self, conversation: Conversation, kept: Kept) -> None:
        with self._one_at_a_time:
            self._kept[conversation.pk] = kept
            self._kept.move_to_end(conversation.pk)
            total = sum(len(each.index.said) for each in self._kept.values())
            while total > self.most_parts and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                total -= len(gone.index.said)


shelf = Shelf()


def older_than(before_seq: int, conversation: Conversation, vector: np.ndarray | None) -> Found:
    """The messages before this one, also from earlier conversations that memory can use."""
    earlier = _earlier(conversation)
    if not earlier and before_seq <= conversation.context_from_seq + 1:
        return Found(Index(conversation.locale), 0, None)
    kept = shelf.take(conversation)
    oldest = before_seq - settings.MEMORY_MESSAGES + STEP_MESSAGES
    asked: dict[str, Any] = {
        "own": conversation.pk,
        "threads": [*earlier, conversation.pk],
        "since": max(conversation.context_from_seq, oldest // STEP_MESSAGES * STEP_MESSAGES),
        "before": before_seq,
        "known": kept.newest_seq,
        "note": Message.Role.NOTE,
        "unread": list(Message.UNREAD),
    }
    near = None if vector is None else as_text(vector)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, asked | {"vector": near, "embedder": embeddings.embedder_name()})
        count, written, more, older, distances = cursor.fetchone()
        holds = (count, written) == kept.stamp
        if more or not holds:
            kept = kept if holds else Kept(Index(conversation.locale))
            only = {"threads": [conversation.pk], "since": max(asked["since"], kept.newest_seq)} if holds else {}
            cursor.execute(READ, asked | {"known": 0} | only)
            kept = kept.with_more(cursor.fetchall(), str(conversation.pk))
    shelf.put(conversation, kept)
    return Found(kept.index, int(np.searchsorted(kept.message_of, older)), _cosines(kept, older, distances, vector))


def _cosines(kept: Kept, older: int, distances: str | None, vector: np.ndarray | None) -> np.ndarray | None:
    """By part. None without a vector, or where a message came or went between two looks."""
    if vector is None or not distances or older > kept.stamp[0]:
        return None
    near = 1 - np.fromstring(distances, sep=",")
    return near[kept.message_of[: np.searchsorted(kept.message_of, older)]]


def _earlier(conversation: Conversation) -> list[UUID]:
    """Only of a contact whose identity the shop vouched for, and only where the workspace wants it."""
    allowed = conversation.workspace.settings.get("remember_across_conversations", False)
    if not (allowed and conversation.contact.verified):
        return []
    before = Conversation.objects.filter(
        contact=conversation.contact_id, workspace=conversation.workspace_id, created_at__lt=conversation.created_at
    )
    chosen: list[UUID] = []
    room = settings.MEMORY_MESSAGES
    for pk, messages in before.order_by("-created_at").values_list("pk", "last_seq")[:STEP_MESSAGES]:
        if room <= 0:
            break
        chosen.insert(0, pk)
        room -= messages
    return chosen
