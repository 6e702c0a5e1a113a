"""Hand a conversation from the assistant to a person and back, always with a typed reason."""

import uuid
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from django.db import models, transaction

from assistant.webhooks import outbox
from conversations.events import stream
from conversations.messaging import feedback, store
from conversations.models import Conversation, ConversationEvent, Message

Status = Conversation.Status
UPDATED = "conversation.updated"


class Reason(models.TextChoices):
    """Why a conversation changed hands."""

    ASKED = "asked", "The customer asked for a person"
    UNKNOWN = "unknown", "The assistant couldn't answer"
    RATED_LOW = "rated_low", "Two answers were rated thumbs down"
    BUDGET = "budget", "The budget for answers is used up"
    COMPLAINT = "complaint", "The customer is upset"
    DOUBTFUL = "doubtful", "The message looks like spam or an attack"
    UNREADABLE = "unreadable", "The assistant can't read the message (attachment, too long, or refused)"
    GUIDANCE = "guidance", "The shop's guidance hands this over to a person"
    NO_REPLY = "no_reply", "The assistant's reply failed"
    PERSON_ANSWERED = "person_answered", "Answered by staff"
    SETTLED = "settled", "Resolved"
    RETURNED = "returned", "Returned to the assistant by staff"


def hand_off(conversation: Conversation, reason: str = Reason.ASKED, *, by_customer: bool = False) -> bool:
    """Put the conversation in the queue for a person. Return False if a person has it or it is already queued.

    A customer who asks for a person right after a cached answer was not helped by it, so the answer is flagged. A
    takeover by staff says nothing about the answer.
    """
    changed = _change(conversation, Status.WAITING, reason, only_from=[Status.BOT, Status.RESOLVED])
    if changed and by_customer and reason == Reason.ASKED:
        feedback.flag_latest_answer(conversation)
    return changed


def offer(conversation: Conversation, reason: str) -> None:
    """Offer the customer a person, once; the assistant continues until the customer accepts."""
    unoffered = Conversation.objects.filter(pk=conversation.pk, status=Status.BOT).exclude(status_reason=reason)
    with transaction.atomic():
        if unoffered.update(status_reason=reason):
            conversation.status, conversation.status_reason = Status.BOT, reason
            event = ConversationEvent.objects.create(conversation=conversation, kind=UPDATED)
            transaction.on_commit(partial(stream.publish, event, **as_updated(conversation)))


def reason_of(said: str | None) -> Reason:
    """Return the reason that a client gave, if a customer can know it; otherwise that the customer asked."""
    return Reason(said) if said in (Reason.UNKNOWN, Reason.RATED_LOW) else Reason.ASKED


def resolve(conversation: Conversation, reason: str = Reason.SETTLED) -> bool:
    """Resolve the conversation. The customer's next message starts over with the assistant."""
    return _change(conversation, Status.RESOLVED, reason, only_from=[Status.BOT, Status.WAITING, Status.HUMAN])


def give_back(conversation: Conversation) -> Message | None:
    """Return the conversation to the assistant, and the reply to generate if the customer is still waiting."""
    with transaction.atomic():
        changed = _change(conversation, Status.BOT, Reason.RETURNED, only_from=[Status.WAITING, Status.HUMAN])
        return store.reply_to_unanswered(conversation) if changed else None


@transaction.atomic
def answer_as_person(
    conversation: Conversation, text: str, author: Any = None, client_ref: uuid.UUID | None = None
) -> Message:
    """Send an answer by staff; the assistant stops at once, even in the middle of a reply.

    The message and the status change in one transaction.
    """
    before = [Status.BOT, Status.WAITING, Status.RESOLVED]
    _change(conversation, Status.HUMAN, Reason.PERSON_ANSWERED, only_from=before)
    message = store.say_as_person(conversation, text, author, client_ref)
    store.stop_pending_replies(conversation)
    return message


def request_handoff(conversation: Conversation, reason: str = Reason.ASKED) -> ConversationEvent | None:
    """Like `hand_off` by a customer, inside the caller's transaction. Returns the event to publish after the commit."""
    changed = _write(conversation, Status.WAITING, reason, only_from=[Status.BOT, Status.RESOLVED])
    if changed and reason == Reason.ASKED:
        feedback.flag_latest_answer(conversation)
    return changed


def as_updated(conversation: Conversation) -> dict[str, Any]:
    """Return the payload of `conversation.updated`."""
    return {"status": conversation.status, "reason": conversation.status_reason}


@transaction.atomic
def _change(conversation: Conversation, status: str, reason: str, *, only_from: list[str]) -> bool:
    """Like `_write`, and publish the event after the commit."""
    changed = _write(conversation, status, reason, only_from=only_from)
    if changed:
        transaction.on_commit(partial(stream.publish, changed, **as_updated(conversation)))
    return changed is not None


def _write(conversation: Conversation, status: str, reason: str, *, only_from: list[str]) -> ConversationEvent | None:
    """Change the status, and queue webhooks for the shop's programs; with a handoff also news for its helpdesk."""
    found = Conversation.objects.filter(pk=conversation.pk, status__in=only_from)
    if not found.update(status=status, status_reason=reason):
        return None
    conversation.status, conversation.status_reason = status, reason
    change = {"conversation": str(conversation.pk), "status": str(status), "reason": str(reason)}
    outbox.record(conversation.workspace_id, "conversation.updated", **change)
    if status == Status.WAITING:
        outbox.record(conversation.workspace_id, "handoff.requested", **change)
    return ConversationEvent.objects.create(conversation=conversation, kind=UPDATED)


ahand_off = database_sync_to_async(hand_off, thread_sensitive=False)
