"""Leases on replies: one writer at a time claims, renews and releases a reply."""

import uuid
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from conversations.models import Conversation, ConversationEvent, Message

Status = Message.Status

# Only one of two concurrent claims succeeds. A reply whose predecessor is unfinished must wait.
CLAIM = """
UPDATE conversations_message AS mine
SET owner = %(owner)s, leased_until = %(until)s, status = %(writing)s, attempt = attempt + 1
WHERE id = %(id)s AND status = ANY(%(unfinished)s) AND (leased_until IS NULL OR leased_until < %(now)s)
    AND attempt < %(most)s AND NOT EXISTS (
        SELECT FROM conversations_message AS earlier
        WHERE earlier.conversation_id = mine.conversation_id AND earlier.seq < mine.seq
            AND earlier.status = ANY(%(unfinished)s)
    )
RETURNING attempt, seq, in_reply_to_id
"""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a reply ended; stored in one UPDATE."""

    status: str
    text: str
    citations: list[dict[str, Any]] = field(default_factory=list)
    action: str = ""
    receipt: dict[str, Any] | None = None


def claim(reply_id: uuid.UUID, owner: str, accepted: Message | None = None) -> Message | None:
    """Make `owner` the only writer of this reply for REPLY_LEASE_S seconds. Returns None if it cannot be claimed.

    Replies of one conversation are written in order. An expired lease may be claimed again. If the reply has not
    changed since it was `accepted`, it is not read again.
    """
    now = timezone.now()
    until = now + timedelta(seconds=settings.REPLY_LEASE_S)
    asked = {"id": reply_id, "owner": owner, "now": now, "until": until, "most": settings.REPLY_MAX_ATTEMPTS}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, asked | {"writing": Status.WRITING, "unfinished": list(Message.UNFINISHED)})
        claimed = cursor.fetchone()
    if claimed is None:
        return None
    if accepted is None or claimed != (1, accepted.seq, accepted.in_reply_to_id):
        return Message.objects.with_question().get(pk=reply_id)
    return _given(copy(accepted), owner, until)


def new_reply(owner: str = "") -> Message:
    """Return an unsaved reply: pending, or already claimed if no unfinished reply precedes it."""
    reply = Message(role=Message.Role.ASSISTANT, status=Status.WAITING)
    return _given(reply, owner, timezone.now() + timedelta(seconds=settings.REPLY_LEASE_S)) if owner else reply


def _given(reply: Message, owner: str, until: datetime) -> Message:
    reply.owner, reply.leased_until, reply.status, reply.attempt = owner, until, Status.WRITING, 1
    return reply


def renew(reply: Message, text: str) -> bool:
    """Renew the lease and save the text so far. Returns False if the lease is lost or the reply was stopped."""
    until = timezone.now() + timedelta(seconds=settings.REPLY_LEASE_S)
    mine = Message.objects.filter(pk=reply.pk, attempt=reply.attempt, status=Status.WRITING, stop_requested=False)
    return mine.update(leased_until=until, text=text) == 1


def release(reply_id: uuid.UUID, owner: str) -> None:
    """Release a lease, so that another writer may claim the reply now."""
    mine = Message.objects.filter(pk=reply_id, owner=owner, status=Status.WRITING)
    mine.update(leased_until=timezone.now(), owner="")


@transaction.atomic(savepoint=False)  # usually called inside a transaction
def close(reply: Message, closing: Closing) -> ConversationEvent | None:
    """Finish a reply, in memory and in the database; return the event to publish.

    Returns None if this writer lost the lease: then nothing is stored.
    """
    ended = _ended(closing) | {"leased_until": None, "owner": ""}
    mine = Message.objects.filter(pk=reply.pk, attempt=reply.attempt, status=Status.WRITING)
    # Lock the conversation first, in the same order as an erasure.
    if not Conversation(pk=reply.conversation_id).hold() or mine.update(**ended) != 1:
        return None
    for name, value in ended.items():
        setattr(reply, name, value)
    kind = "reply.failed" if closing.status == Status.FAILED else "reply.completed"
    return ConversationEvent.objects.create(conversation_id=reply.conversation_id, kind=kind)


def answer(reply_id: uuid.UUID, closing: Closing) -> Message:
    """Finish a reply that is not saved yet."""
    return Message(id=reply_id, role=Message.Role.ASSISTANT, attempt=1, **_ended(closing))


def _ended(closing: Closing) -> dict[str, Any]:
    return {each.name: getattr(closing, each.name) for each in fields(closing)} | {"finished_at": timezone.now()}


@transaction.atomic
def mark_exhausted(reply_id: uuid.UUID) -> ConversationEvent | None:
    """Fail a reply that was started REPLY_MAX_ATTEMPTS times without finishing; return the event to publish.

    Returns None if the reply may be retried.
    """
    worn_out = Message.objects.abandoned().filter(pk=reply_id, attempt__gte=settings.REPLY_MAX_ATTEMPTS)
    conversation_id = worn_out.values_list("conversation_id", flat=True).first()
    if conversation_id is None or not Conversation(pk=conversation_id).hold():
        return None
    if worn_out.update(status=Status.FAILED, finished_at=timezone.now(), leased_until=None) != 1:
        return None
    return ConversationEvent.objects.create(conversation_id=conversation_id, kind="reply.failed")


arenew = database_sync_to_async(renew, thread_sensitive=False)
arelease = database_sync_to_async(release, thread_sensitive=False)
aclose = database_sync_to_async(close, thread_sensitive=False)
amark_exhausted = database_sync_to_async(mark_exhausted, thread_sensitive=False)
