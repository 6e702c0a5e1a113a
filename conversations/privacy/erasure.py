"""Remove a person's data from tables other than their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Left

from assistant import tombstones
from assistant.redis.client import redis_client
from assistant.rest import idempotency
from assistant.usage import metering
from assistant.webhooks import outbox
from caching import answers
from conversations.context import prefix_cache
from conversations.events import notify, stream
from conversations.identity.made_up import is_made_up
from conversations.messaging import attachments as messaging_attachments
from conversations.messaging import reply_caps
from conversations.models import Attachment, Contact, Message
from knowledge.gaps import gaps

REPR_BEGINS_CHARS = 80  # the admin log truncates object names, but not below this length


@dataclass(frozen=True, slots=True)
class Traces:
    """Ids of everything stored about one person, or in several conversations."""

    workspace_id: UUID
    contact_id: UUID | None  # None: the conversations of several people, who are kept
    identifiers: dict[str, Any]  # how the shop's own systems identify the person
    conversations: tuple[UUID, ...]
    messages: tuple[UUID, ...]
    attachments: tuple[UUID, ...]
    texts: frozenset[str]

    @classmethod
    def of(cls, contact: Contact, conversation_ids: Iterable[UUID]) -> Traces:
        made_up = [contact.pk] if is_made_up(contact) else []
        left = cls.of_conversations(contact.workspace_id, conversation_ids, made_up)
        return replace(left, contact_id=contact.pk, identifiers={"external_id": contact.external_id})

    @classmethod
    def of_conversations(cls, workspace_id: UUID, conversation_ids: Iterable[UUID], made_up: Iterable[UUID]) -> Traces:
        """Return the traces of conversations whose contacts are kept; `made_up` are contacts of an evaluation."""
        conversations = tuple(conversation_ids)
        messages = Message.objects.filter(conversation__in=conversations)
        # Messages of made-up contacts are not in open questions, and may be equal to a real customer's.
        spoken = messages.filter(role=Message.Role.CUSTOMER).exclude(conversation__contact__in=list(made_up))
        files = Attachment.objects.filter(conversation__in=conversations)
        return cls(
            workspace_id=workspace_id,
            contact_id=None,
            identifiers={},
            conversations=conversations,
            messages=tuple(messages.order_by().values_list("pk", flat=True)),
            attachments=tuple(files.order_by().values_list("pk", flat=True)),
            texts=frozenset(spoken.exclude(text="").order_by().values_list("text", flat=True)),
        )

    @property
    def ids(self) -> list[UUID]:
        contact = [self.contact_id] if self.contact_id else []
        return [*contact, *self.conversations, *self.messages, *self.attachments]


def sweep_database(traces: Traces) -> None:
    """Delete a person's data from other tables after their own rows, in the same transaction.

    By then concurrent writers of those rows have finished.
    """
    conversations = {str(pk) for pk in traces.conversations}
    questions = gaps.forget(traces.workspace_id, conversations, traces.texts)
    if traces.contact_id:
        answers.forget_contributor(str(traces.contact_id), traces.texts)
    outbox.forget(traces.workspace_id, conversations)
    idempotency.forget(traces.ids)
    metering.forget(traces.conversations)
    _forget_in_admin_log(traces, questions)


def _forget_in_admin_log(traces: Traces, questions: Collection[str]) -> None:
    """Remove the person and the messages from the admin log, but keep the entries themselves.

    Entries contain messages, or `questions` from them, truncated at various lengths.
    """
    words = {*traces.texts, *questions, *(" ".join(text.split()) for text in traces.texts)}
    about = Q(object_id__in=[str(pk) for pk in traces.ids]) | Q(begins__in={text[:REPR_BEGINS_CHARS] for text in words})
    entries = LogEntry.objects.alias(begins=Left("object_repr", REPR_BEGINS_CHARS)).filter(about)
    entries.update(object_id="", object_repr="(erased)", change_message="")


def sweep_redis(traces: Traces) -> None:
    """Delete the person's keys in Redis.

    Raises:
        RedisError, OSError
    """
    with redis_client().pipeline(transaction=True) as commands:
        for conversation_id in traces.conversations:
            commands.delete(*stream.keys(conversation_id), reply_caps.sender_key(conversation_id))
        commands.execute()
    cache.delete_many([prefix_cache.epoch_key(pk) for pk in traces.conversations])


def when_committed(traces: Traces) -> None:
    """After the commit, mark the ids as erased for a day against late writers, delete files and notify subscribers."""
    for step in (_mark, _delete_files, _tell_followers):
        transaction.on_commit(partial(step, traces), robust=True)


def _mark(traces: Traces) -> None:
    tombstones.lay(traces.ids)


def _delete_files(traces: Traces) -> None:
    for conversation_id in traces.conversations:
        messaging_attachments.delete_folder(conversation_id)


def _tell_followers(traces: Traces) -> None:
    async_to_sync(_wake)(traces.conversations)


async def _wake(conversation_ids: Iterable[UUID]) -> None:
    for conversation_id in conversation_ids:
        await notify.wake(str(conversation_id))
