"""Hold a message for review by a person, and apply the verdict: release it, or mark it as spam."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from assistant.errors import Conflict, NotFound
from conversations.canned_responses import phrase
from conversations.events import stream
from conversations.gate.decision import Decision
from conversations.gate.models import GateSettings, HeldMessage
from conversations.messaging import leases, store
from conversations.messaging.leases import Closing
from conversations.messaging.question import question_of
from conversations.messaging.store import Accepted
from conversations.models import Contact, Conversation, ConversationEvent, Message
from conversations.replies import receipts, recovery
from conversations.replies.receipts import ReplyState

Status = Message.Status
Verdict = HeldMessage.Verdict
# Only these channels can show a reply later. A client of another one has left, or sends the conversation again.
ANSWERED_LATER = (Conversation.Channel.WIDGET, Conversation.Channel.API)


class AlreadyReviewed(Conflict):
    code = "already_reviewed"
    sentence = "Somebody else reviewed this message first."


class SenderMuted(Conflict):
    code = "sender_muted"
    sentence = "This visitor was muted meanwhile. Lift the mute first, then release the message."


@transaction.atomic
def accept(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None,
    attachments: Sequence[uuid.UUID],
    decision: Decision,
) -> Accepted:
    """Store a message that no model reads until a person releases it, with a reply that says so.

    Raises:
        The same errors as `store.accept`.
    """
    notice = _notice(conversation, text)
    accepted = store.write_down(conversation, text, client_ref, attachments, notice, held=True)
    if accepted.is_new and accepted.message.status == Status.HELD:
        HeldMessage.objects.create(
            message=accepted.message,
            notice=accepted.reply,
            workspace=conversation.workspace,
            reason=decision.reason,
            chances={kind: round(chance, 4) for kind, chance in decision.chances.items()},
        )
    return accepted


def _notice(conversation: Conversation, text: str) -> Message:
    """Return the finished reply to a held message, in the customer's language."""
    reply_id = uuid.uuid4()
    message = Message(conversation=conversation, seq=1, role=Message.Role.CUSTOMER, text=text)
    question = question_of(Message(id=reply_id, in_reply_to=message))
    draft = ReplyState(str(reply_id), source="rule", why_tier="held for review")
    draft.text = phrase("held", question.language)
    closing = Closing(Status.DONE, draft.text, receipt=receipts.receipt(draft, question))
    return leases.answer(reply_id, closing)


def release(held: HeldMessage, by: AbstractBaseUser | None, name: str) -> Message | None:
    """Release a held message. Return the reply that is being written; None if the assistant doesn't answer.

    It doesn't if a person has taken over the conversation, or if its channel cannot show a later reply.

    Raises:
        AlreadyReviewed: somebody else decided first.
        SenderMuted: the visitor has been muted since.
        NotFound: the message was erased.
    """
    with transaction.atomic():
        conversation, message = _decide(held, Verdict.RELEASED, by, name)
        if conversation.contact.is_muted:
            raise SenderMuted
        reply = _reply_to(conversation, message) if conversation.channel in ANSWERED_LATER else None
        _set_status(conversation, message, Status.DONE)
    if reply:
        # If the broker loses this task, `recovery.rescue_replies` finds the abandoned reply.
        transaction.on_commit(partial(recovery.finish_replies.delay, [str(reply.pk)]), robust=True)
    return reply


@transaction.atomic
def mark_spam(held: HeldMessage, by: AbstractBaseUser | None, name: str) -> None:
    """Refuse a held message permanently, and mute its sender for the workspace's `muted_hours`.

    Raises:
        AlreadyReviewed: somebody else decided first.
        NotFound: the message was erased.
    """
    conversation, message = _decide(held, Verdict.SPAM, by, name)
    if hours := GateSettings.of(conversation.workspace_id).muted_hours:
        until = timezone.now() + timedelta(hours=hours)
        Contact.objects.filter(pk=conversation.contact_id).update(muted_until=until)
    _set_status(conversation, message, Status.REFUSED)


def _decide(held: HeldMessage, verdict: str, by: AbstractBaseUser | None, name: str) -> tuple[Conversation, Message]:
    """Lock the conversation and record the verdict, if it is the first one. Call it inside a transaction."""
    found = HeldMessage.objects.filter(pk=held.pk).values_list("message__conversation_id", flat=True).first()
    # Lock the conversation first, in the same order as an erasure.
    rows = Conversation.objects.select_related("contact").select_for_update(of=("self",), no_key=True)
    conversation = rows.filter(pk=found).first()
    if found is None or conversation is None:
        raise NotFound
    pending = HeldMessage.objects.filter(pk=held.pk, verdict=Verdict.PENDING)
    decided = {"verdict": verdict, "decided_by": by, "decided_by_name": name, "decided_at": timezone.now()}
    if not pending.update(**decided):
        held.refresh_from_db()
        whose = held.decided_by_name or "Somebody else"
        raise AlreadyReviewed(f"{whose} reviewed this message first: {held.get_verdict_display()}.")
    held.refresh_from_db()
    return conversation, Message.objects.get(pk=held.pk)


def _reply_to(conversation: Conversation, message: Message) -> Message | None:
    """Add a reply to the released message in place of the note that it is held.

    A resolved conversation is reopened with a new context. Return None if the assistant does not answer it.
    """
    if conversation.status == Conversation.Status.RESOLVED:
        conversation.status, conversation.status_reason = Conversation.Status.BOT, ""
        conversation.context_from_seq = message.seq - 1
    Message.objects.filter(in_reply_to=message).update(in_reply_to=None)  # also for a reply after a person gives back
    return store.add_reply(conversation, message) if store.answers_itself(conversation) else None


def _set_status(conversation: Conversation, message: Message, status: str) -> None:
    """Change the status of a held message, and publish it after the commit."""
    message.status = status
    message.save(update_fields=["status"])
    event = ConversationEvent.objects.create(conversation=conversation, kind="message.updated")
    fields = {"message_id": str(message.pk), "message": message.as_json()}
    transaction.on_commit(partial(stream.publish, event, **fields))
