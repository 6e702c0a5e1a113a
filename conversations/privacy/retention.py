"""Delete old conversations, files, contacts and details of receipts.

An open conversation keeps its messages and files. It is open if it waits for a person, a person answers it, a reply is
being written, or it was used within the last day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from assistant.retention.kinds import Kind, of_shared_rows
from assistant.uploads import intake
from assistant.workspaces.models import Workspace
from conversations.identity.made_up import is_made_up
from conversations.messaging import attachments as messaging_attachments
from conversations.models import Attachment, Contact, Conversation, Message
from conversations.privacy import contacts, erasure
from conversations.privacy.models import ExportLink

IN_USE = timedelta(days=1)
WITH_PEOPLE = (Conversation.Status.WAITING, Conversation.Status.HUMAN)
CONTACTS_AT_ONCE = 100  # each in its own transaction
# The fields removed from receipts. Those used in reports are kept: source, model, tokens, costs, savings, times.
TRACES_OF_A_RECEIPT = (
    *("why_tier", "cacheability", "written_for", "understood", "guidance", "declined_by", "unsupported", "dropped"),
    *("budget", "files", "engine"),
)
TRIM = """
UPDATE conversations_message SET receipt = (receipt - %s::text[]) || '{"trimmed": true}'::jsonb
WHERE id = ANY(%s) AND jsonb_typeof(receipt) = 'object'
"""


def _idle(before: datetime) -> QuerySet[Conversation]:
    """Return the conversations that are not open and were last used before this time."""
    writing = Message.objects.unfinished().filter(conversation=OuterRef("pk"))
    before = min(before, timezone.now() - IN_USE)
    idle = Conversation.objects.filter(updated_at__lt=before).exclude(status__in=WITH_PEOPLE)
    return idle.exclude(Exists(writing))


def _still_idle(locked: Iterable[Conversation]) -> list[Conversation]:
    """Leave out conversations in which a reply was started while this process waited for the lock."""
    rows = list(locked)
    writing = Message.objects.unfinished().filter(conversation__in=rows)
    busy = set(writing.values_list("conversation_id", flat=True))
    return [row for row in rows if row.pk not in busy]


# --- conversations ---


def _old_conversations(workspace: Workspace, before: datetime) -> QuerySet[Conversation]:
    return _idle(before).filter(workspace=workspace)


def _purge_conversations(workspace: Workspace, before: datetime, most: int) -> int:
    ids = _as_many_as_fit(_old_conversations(workspace, before), most)
    with transaction.atomic():
        rows = Conversation.objects.filter(pk__in=ids, updated_at__lt=before).exclude(status__in=WITH_PEOPLE)
        old = _still_idle(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
        if not old:
            return 0
        chosen = [row.pk for row in old]
        people = Contact.objects.filter(conversations__in=chosen).distinct()
        made_up = [contact.pk for contact in people if is_made_up(contact)]
        traces = erasure.Traces.of_conversations(workspace.pk, chosen, made_up)
        Conversation.objects.filter(pk__in=chosen).delete()
        erasure.sweep_database(traces)
        erasure.sweep_redis(traces)
        erasure.when_committed(traces)
    return len(old)


def _as_many_as_fit(old: QuerySet[Conversation], most: int) -> list[UUID]:
    """Return conversations, oldest first, with at most `most` messages in all; a longer one is returned alone."""
    ids: list[UUID] = []
    messages = 0
    for pk, last_seq in old.order_by("updated_at", "pk").values_list("pk", "last_seq")[:most]:
        messages += max(last_seq, 1)
        if ids and messages > most:
            break
        ids.append(pk)
    return ids


# --- files ---


def _old_files(workspace: Workspace, before: datetime) -> QuerySet[Attachment]:
    idle = _idle(timezone.now()).filter(workspace=workspace)
    return Attachment.objects.filter(created_at__lt=before, conversation__in=idle)


def _purge_files(workspace: Workspace, before: datetime, most: int) -> int:
    named = _old_files(workspace, before).order_by("created_at", "pk").values_list("pk", "conversation")[:most]
    by_file = dict(named)
    with transaction.atomic():
        rows = Conversation.objects.filter(pk__in=set(by_file.values()), updated_at__lt=timezone.now() - IN_USE)
        rows = rows.exclude(status__in=WITH_PEOPLE).select_for_update(no_key=True, skip_locked=True, of=("self",))
        idle = {row.pk for row in _still_idle(rows.order_by("pk"))}
        old = Attachment.objects.filter(pk__in=[pk for pk, talk in by_file.items() if talk in idle])
        files, messages = messaging_attachments.files_of(old), {each.message_id for each in old if each.message_id}
        gone = {str(each.pk) for each in old}
        for message in Message.objects.filter(pk__in=messages).only("pk", "attachments"):
            _mark_expired(message, gone)
        old.delete()
        transaction.on_commit(lambda: intake.delete(files), robust=True)
    return len(files)


def _mark_expired(message: Message, gone: set[str]) -> None:
    """Mark the files of a message as expired and delete the text read from them. The files stay listed."""
    told = [each | {"expired": True} if each.get("id") in gone else each for each in message.attachments]
    Message.objects.filter(pk=message.pk).update(attachments=told, files_read=[])


# --- contacts ---


def _old_contacts(workspace: Workspace, before: datetime) -> QuerySet[Contact]:
    return Contact.objects.filter(workspace=workspace, created_at__lt=before, conversations=None)


def _purge_contacts(workspace: Workspace, before: datetime, most: int) -> int:
    some = _old_contacts(workspace, before).order_by("created_at", "pk")[: min(most, CONTACTS_AT_ONCE)]
    return sum(contacts.erase_unused(contact) for contact in some)


# --- receipts ---


def _old_receipts(workspace: Workspace, before: datetime) -> QuerySet[Message]:
    mine = Message.objects.filter(conversation__workspace=workspace, created_at__lt=before)
    return mine.filter(receipt__has_key="source").exclude(receipt__has_key="trimmed")


def _trim_receipts(workspace: Workspace, before: datetime, most: int) -> int:
    ids: list[Any] = list(_old_receipts(workspace, before).order_by().values_list("pk", flat=True)[:most])
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TRIM, [list(TRACES_OF_A_RECEIPT), ids])
        return cursor.rowcount


CONVERSATIONS = Kind(lambda workspace, before: _old_conversations(workspace, before).count(), _purge_conversations)
ATTACHMENTS = Kind(lambda workspace, before: _old_files(workspace, before).count(), _purge_files)
CONTACTS = Kind(lambda workspace, before: _old_contacts(workspace, before).count(), _purge_contacts)
TRACES = Kind(lambda workspace, before: _old_receipts(workspace, before).count(), _trim_receipts)
EXPORT_LINKS = of_shared_rows(ExportLink.objects.expired)
