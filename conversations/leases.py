"""A reply has one writer at a time: claimed, kept by a lease that must be renewed, let go or closed once."""

import uuid
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from assistant.compiled_queries import A_TIME, CompiledUpdate
from assistant.database import prepared
from conversations.models import Message

Status = Message.Status

# Of two that try, this lets one through. One whose predecessor is unfinished must wait.
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
    """Make `owner` the only writer of this reply for REPLY_LEASE_S seconds. Return None if it is not to be had.

    Replies of one conversation are written in their order. A lease that ran out may be claimed again. Where
    the reply is still as it was `accepted`, it is not read again.
    """
    now = timezone.now()
    until = now + timedelta(seconds=settings.REPLY_LEASE_S)
    asked = {"id": reply_id, "owner": owner, "now": now, "until": until, "most": settings.REPLY_MAX_ATTEMPTS}
    with prepared.cursor() as cursor:
        cursor.execute(CLAIM, asked | {"writing": Status.WRITING, "unfinished": list(Message.UNFINISHED)})
        claimed = cursor.fetchone()
    if claimed is None:
        return None
    if accepted is None or claimed != (1, accepted.seq, accepted.in_reply_to_id):
        return Message.objects.with_question().get(pk=reply_id)
    return _given(copy(accepted), owner, until)


def new_reply(owner: str = "") -> Message:
    """One that is not stored yet: waiting, or with a writer where nothing unfinished stands before it."""
    reply = Message(role=Message.Role.ASSISTANT, status=Status.WAITING)
    return _given(reply, owner, timezone.now() + timedelta(seconds=settings.REPLY_LEASE_S)) if owner else reply


def _given(reply: Message, owner: str, until: datetime) -> Message:
    reply.owner, reply.leased_until, reply.status, reply.attempt = owner, until, Status.WRITING, 1
    return reply


def renew(reply: Message, text: str) -> bool:
    """Keep the lease and save what was said so far. False: another has the reply, or it was asked to stop."""
    until = timezone.now() + timedelta(seconds=settings.REPLY_LEASE_S)
    return _RENEW(pk=reply.pk, attempt=reply.attempt, leased_until=until, text=text) == 1


_RENEW = CompiledUpdate(
    lambda pk, attempt, **kept: (
        Message.objects.filter(pk=pk, attempt=attempt, status=Status.WRITING, stop_requested=False),
        kept,
    ),
    pk=uuid.uuid4(),
    attempt=9999,
    leased_until=A_TIME,
    text="a text",
)


def release(reply_id: uuid.UUID, owner: str) -> None:
    """Let go of a lease, so that another may claim the reply now."""
    mine = Message.objects.filter(pk=reply_id, owner=owner, status=Status.WRITING)
    mine.update(leased_until=timezone.now(), owner="")


def close(reply: Message, closing: Closing) -> bool:
    """End a reply, here and in the database. False when this writer lost it: then nothing is stored or to be told."""
    ended = _ended(closing)
    if _CLOSE(pk=reply.pk, attempt=reply.attempt, **ended) != 1:
        return False
    for name, value in (ended | LET_GO).items():
        setattr(reply, name, value)
    return True


def answer(reply_id: uuid.UUID, closing: Closing) -> Message:
    """A reply that is not stored yet, and finished already."""
    return Message(id=reply_id, role=Message.Role.ASSISTANT, attempt=1, **_ended(closing))


def _ended(closing: Closing) -> dict[str, Any]:
    return {name: getattr(closing, name) for name in ENDED if name != "finished_at"} | {"finished_at": timezone.now()}


ENDED: dict[str, Any] = {
    "status": "a status",
    "text": "a text",
    "citations": [{"n": 1}],
    "action": "an action",
    "receipt": {"source": "a model"},
    "finished_at": A_TIME,
}
LET_GO = {"leased_until": None, "owner": ""}
_CLOSE = CompiledUpdate(
    lambda pk, attempt, **ended: (
        Message.objects.filter(pk=pk, attempt=attempt, status=Status.WRITING),
        ended | LET_GO,
    ),
    pk=uuid.uuid4(),
    attempt=9999,
    **ENDED,
)


def give_up(reply_id: uuid.UUID) -> Message | None:
    """End a reply that was begun REPLY_MAX_ATTEMPTS times and never finished; None if it may be tried again."""
    worn_out = Message.objects.abandoned().filter(pk=reply_id, attempt__gte=settings.REPLY_MAX_ATTEMPTS)
    ended = worn_out.update(status=Status.FAILED, finished_at=timezone.now(), leased_until=None)
    return Message.objects.get(pk=reply_id) if ended else None


arenew = database_sync_to_async(renew, thread_sensitive=False)
arelease = database_sync_to_async(release, thread_sensitive=False)
aclose = database_sync_to_async(close, thread_sensitive=False)
agive_up = database_sync_to_async(give_up, thread_sensitive=False)
