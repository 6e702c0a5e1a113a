"""Export and erase a contact's data."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils.module_loading import import_string
from psycopg.errors import DeadlockDetected, LockNotAvailable
from redis.exceptions import RedisError

from assistant import tombstones
from assistant.errors import DependencyDown
from assistant.webhooks import outbox
from conversations.models import Contact, Conversation, ConversationSummary, FileReading, Message
from conversations.privacy import erasure, ledger

ATTEMPTS = 3  # Postgres aborts one of two transactions in a deadlock


def export(contact: Contact) -> dict[str, Any]:
    """Return everything stored about a contact, as JSON."""
    conversations = contact.conversations.order_by("created_at")
    return {
        "contact": {
            "id": str(contact.pk),
            "external_id": contact.external_id,
            "name": contact.name,
            "email": contact.email,
            "verified": contact.verified,
            "attributes": contact.attributes,
            "created_at": contact.created_at.isoformat(),
        },
        "conversations": [_conversation(conversation) for conversation in conversations],
    }


def _conversation(conversation: Conversation) -> dict[str, Any]:
    summaries = ConversationSummary.objects.filter(conversation=conversation).order_by("version")
    messages = Message.objects.filter(conversation=conversation).select_related("author").order_by("seq")
    readings = FileReading.objects.filter(attachment__conversation=conversation).select_related("attachment")
    return {
        "id": str(conversation.pk),
        "channel": conversation.channel,
        "status": conversation.status,
        "external_id": conversation.external_id,
        "created_at": conversation.created_at.isoformat(),
        "messages": [message.as_json() | {"rating_comment": message.rating_comment} for message in messages],
        "files": [_file(reading) for reading in readings],
        "summaries": [{"version": row.version, "text": row.text, "facts": row.facts} for row in summaries],
        **{name: import_string(also)(conversation) for name, also in settings.EXPORTED_WITH_A_CONVERSATION.items()},
    }


def _file(reading: FileReading) -> dict[str, Any]:
    """Return the text read from one file; the file itself is available under its id."""
    return {
        "attachment": str(reading.attachment_id),
        "name": reading.attachment.name,
        "status": reading.status,
        "code": reading.code or None,
        "text": reading.text,
        "language": reading.language or None,
    }


def erase(contact: Contact) -> None:
    """Delete a contact with all messages and derived data from every store, and publish the event `contact.erased`.

    Replies in progress end, and other work in progress for this person can no longer store anything. Cached answers
    that only this person asked for are deleted. Costs are kept anonymously.

    Raises:
        DependencyDown: Redis is down, or the rows are locked for too long. Nothing was erased.
    """
    _try(lambda: _erase(contact))


def erase_unused(contact: Contact) -> bool:
    """Delete a contact without conversations. Return False if there is one by now.

    No event is published, because other systems need not erase people who just did not come back.

    Raises:
        DependencyDown
    """
    return _try(lambda: _erase(contact, only_unused=True))


def _try(erase_it: Callable[[], bool]) -> bool:
    """Run an erasure, and repeat it after a deadlock or lock timeout.

    Raises:
        DependencyDown
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return erase_it()
        except (RedisError, OSError) as error:
            raise DependencyDown(retry_after_s=5) from error
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | LockNotAvailable):
                raise
            if attempt == ATTEMPTS:
                raise DependencyDown(retry_after_s=5) from error
    raise AssertionError("the last attempt returns or raises")


def _erase(contact: Contact, *, only_unused: bool = False) -> bool:
    with ExitStack() as undo:
        with transaction.atomic():
            traces = _locked(contact)
            if traces is None or (only_unused and traces.conversations):
                return False
            undo.callback(_lift, traces.ids)
            tombstones.lay(traces.ids, tombstones.TRIED_S)
            for also in settings.ERASED_WITH_A_CONTACT:
                import_string(also)(contact)
            Contact.objects.filter(pk=traces.contact_id).delete()
            erasure.sweep_database(traces)
            if not only_unused:
                _announce(traces)
                ledger.write_down(contact)
            erasure.sweep_redis(traces)
            erasure.when_committed(traces)
        undo.pop_all()
    return True


def _announce(traces: erasure.Traces) -> None:
    outbox.record(traces.workspace_id, "contact.erased", contact=str(traces.contact_id), **traces.identifiers)


def _lift(ids: list[UUID]) -> None:
    with suppress(RedisError, OSError):  # the marks expire by themselves
        tombstones.lift(ids)


def _locked(contact: Contact) -> erasure.Traces | None:
    """Lock a contact's rows and return the traces of its data; None if the contact is gone.

    Concurrent slow work waits here before storing anything, and then finds the rows gone.
    """
    locked = Contact.objects.select_for_update().filter(pk=contact.pk).first()
    return locked and erasure.Traces.of(locked, locked.conversations.select_for_update().values_list("pk", flat=True))
