"""What is kept of a person: given out, and erased."""

from typing import Any

from django.db import transaction

from assistant.uploads import intake
from assistant.webhooks import outbox
from assistant.webhooks.models import Delivery
from assistant.wire import wire
from caching import answers
from conversations import events
from conversations.attachments import keeping
from conversations.models import Attachment, Contact, Conversation, ConversationSummary, Message
from knowledge import gaps


def export(contact: Contact) -> dict[str, Any]:
    """Everything that is kept of a contact, as JSON."""
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
    said = Message.objects.filter(conversation=conversation).select_related("author").order_by("seq")
    return {
        "id": str(conversation.pk),
        "channel": conversation.channel,
        "status": conversation.status,
        "external_id": conversation.external_id,
        "created_at": conversation.created_at.isoformat(),
        "messages": [message.as_json() | {"rating_comment": message.rating_comment} for message in said],
        "summaries": [{"version": row.version, "text": row.text, "facts": row.facts} for row in summaries],
    }


def erase(contact: Contact) -> None:
    """Delete a contact with all that was said, and what was made from it.

    Answers that only this person caused leave the cache; the rows that say what models cost stay, without a text.
    """
    with transaction.atomic():
        # Locked first: slow work that is about to write something of them down waits, and then finds them gone.
        Contact.objects.select_for_update().filter(pk=contact.pk).first()
        ids = [str(pk) for pk in contact.conversations.select_for_update().values_list("pk", flat=True)]
        answers.forget_contributor(str(contact.pk))
        gaps.forget(contact.workspace_id, set(ids))
        Delivery.objects.filter(endpoint__workspace=contact.workspace_id, payload__data__conversation__in=ids).delete()
        outbox.record(contact.workspace_id, "contact.erased", contact=str(contact.pk), external_id=contact.external_id)
        files = keeping.files_of(Attachment.objects.filter(conversation__contact=contact))
        contact.delete()
        transaction.on_commit(lambda: intake.delete(files), robust=True)
        transaction.on_commit(lambda: _forget_events(ids), robust=True)


def _forget_events(conversation_ids: list[str]) -> None:
    """Raises RedisError where Redis is away; the events then run out by EVENTS_TTL_S."""
    for conversation_id in conversation_ids:
        wire().delete(*events.keys(conversation_id))
