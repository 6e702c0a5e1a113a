"""A per-process cache of older messages in the form that memory searches, extended as messages arrive.

Messages seldom change, so a question asks the database only whether the cached ones are current (`xmin` and `ctid`
identify the version of a row), for their similarity, and for new messages.
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
from conversations.context.memory_ranking import Index, PastMessage, parts
from conversations.models import Conversation, Message
from knowledge.indexing.vectors import as_text

MOST_PARTS = 30_000  # kept in this process, of all conversations; about a kilobyte each
STEP_MESSAGES = 100  # the oldest are dropped in steps of this size

# All of other conversations, and of this one the messages between two numbers.
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


class OlderMessages(NamedTuple):
    """An index, the number of its parts before the verbatim messages, and the cosine of each part to the question."""

    index: Index
    upto: int
    cosines: np.ndarray | None


@dataclass(frozen=True, slots=True)
class CachedIndex:
    """An index of some messages. `stamp`: number of rows it was built from, and the sum of their versions."""

    index: Index
    stamp: tuple[int, int] = (0, 0)
    newest_seq: int = 0
    message_of: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))  # message index of each part, from 0

    def with_more(self, rows: list[tuple[Any, ...]], own: str) -> CachedIndex:
        cut = [parts(PastMessage(*row[:4])) for row in rows]
        numbers = [np.full(len(each), at) for at, each in enumerate(cut, start=self.stamp[0])]
        return CachedIndex(
            self.index.grown([part for each in cut for part in each]),
            (self.stamp[0] + len(rows), self.stamp[1] + sum(row[4] for row in rows)),
            rows[-1][0] if rows and rows[-1][3] == own else self.newest_seq,
            np.concatenate((self.message_of, *numbers)),
        )


class Shelf:
    """LRU cache of the indexes of recently searched conversations."""

    def __init__(self, most_parts: int = MOST_PARTS) -> None:
        self.most_parts = most_parts
        self._kept: OrderedDict[UUID, CachedIndex] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def take(self, conversation: Conversation) -> CachedIndex:
        cached = self._kept.get(conversation.pk)
        return (
            cached if cached and cached.index.locale == conversation.locale else CachedIndex(Index(conversation.locale))
        )

    def put(self, conversation: Conversation, cached: CachedIndex) -> None:
        with self._one_at_a_time:
            self._kept[conversation.pk] = cached
            self._kept.move_to_end(conversation.pk)
            total = sum(len(each.index.said) for each in self._kept.values())
            while total > self.most_parts and len(self._kept) > 1:
                _, evicted = self._kept.popitem(last=False)
                total -= len(evicted.index.said)


shelf = Shelf()


def older_than(before_seq: int, conversation: Conversation, vector: np.ndarray | None) -> OlderMessages:
    """Return the messages before this one, including earlier conversations that memory may use."""
    earlier = _earlier(conversation)
    if not earlier and before_seq <= conversation.context_from_seq + 1:
        return OlderMessages(Index(conversation.locale), 0, None)
    cached = shelf.take(conversation)
    oldest = before_seq - settings.MEMORY_MESSAGES + STEP_MESSAGES
    params: dict[str, Any] = {
        "own": conversation.pk,
        "threads": [*earlier, conversation.pk],
        "since": max(conversation.context_from_seq, oldest // STEP_MESSAGES * STEP_MESSAGES),
        "before": before_seq,
        "known": cached.newest_seq,
        "note": Message.Role.NOTE,
        "unread": list(Message.UNREAD),
    }
    near = None if vector is None else as_text(vector)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, params | {"vector": near, "embedder": embeddings.embedder_name()})
        count, versions, more, older, distances = cursor.fetchone()
        holds = (count, versions) == cached.stamp
        if more or not holds:
            cached = cached if holds else CachedIndex(Index(conversation.locale))
            only = {"threads": [conversation.pk], "since": max(params["since"], cached.newest_seq)} if holds else {}
            cursor.execute(READ, params | {"known": 0} | only)
            cached = cached.with_more(cursor.fetchall(), str(conversation.pk))
    shelf.put(conversation, cached)
    return OlderMessages(
        cached.index, int(np.searchsorted(cached.message_of, older)), _cosines(cached, older, distances, vector)
    )


def _cosines(cached: CachedIndex, older: int, distances: str | None, vector: np.ndarray | None) -> np.ndarray | None:
    """Return the cosine of each part. None without a vector, or if messages changed between two queries."""
    if vector is None or not distances or older > cached.stamp[0]:
        return None
    near = 1 - np.fromstring(distances, sep=",")
    return near[cached.message_of[: np.searchsorted(cached.message_of, older)]]


def _earlier(conversation: Conversation) -> list[UUID]:
    """Return earlier conversations, only for contacts with a verified identity and if the workspace enables it."""
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
