"""From the assistant to a person and back, always with a typed reason."""

import uuid
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.db import models, transaction

from assistant.webhooks import outbox
from conversations.events import pending, stream
from conversations.messaging import feedback, store
from conversations.models import Conversation, Message

Status = Conversation.Status


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
    """Put the conversation in the queue for a person. False when a person has it, or it waits already.

    A customer who asks for a person right after an answer from the cache did not find in it what was needed; when
    somebody of the shop takes over, that says nothing of the answer.
    """
    changed = _change(conversation, Status.WAITING, reason, only_from=[Status.BOT, Status.RESOLVED])
    if changed and by_customer and reason == Reason.ASKED:
        feedback.flag_latest_answer(conversation)
    return changed


def offer(conversation: Conversation, reason: str) -> None:
    """Tell the customer, once, that a person can be had; the assistant goes on until one is asked for."""
    unoffered = Conversation.objects.filter(pk=conversation.pk, status=Status.BOT).exclude(status_reason=reason)
    if unoffered.update(status_reason=reason):
        conversation.status, conversation.status_reason = Status.BOT, reason
        publish_status(conversation)


def reason_of(said: str | None) -> Reason:
    """Why a customer asks for a person, as far as a customer can know."""
    return Reason(said) if said in (Reason.UNKNOWN, Reason.RATED_LOW) else Reason.ASKED


def resolve(conversation: Conversation, reason: str = Reason.SETTLED) -> bool:
    """Resolve the conversation. The customer's next message starts over with the assistant."""
    return _change(conversation, Status.RESOLVED, reason, only_from=[Status.BOT, Status.WAITING, Status.HUMAN])


def give_back(conversation: Conversation) -> Message | None:
    """Let the assistant go on. Return the reply that is now to be written, where the customer still waits for one."""
    with transaction.atomic():
        changed = _write(conversation, Status.BOT, Reason.RETURNED, only_from=[Status.WAITING, Status.HUMAN])
        reply = store.reply_to_unanswered(conversation) if changed else None
    if changed:
        publish_status(conversation)
    return reply


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What a person answered; `took_over` where it was the assistant's turn, or nobody's."""

    message: Message
    took_over: bool
    promised: str


def answer_as_person(conversation: Conversation, text: str, author: Any = None) -> Message:
    """Say something as a person of the shop; the assistant falls silent at once, also in mid-sentence."""
    with transaction.atomic():
        answer = record_answer(conversation, text, author)
    publish_answer(conversation, answer)
    return answer.message


def record_answer(
    conversation: Conversation, text: str, author: Any = None, client_ref: uuid.UUID | None = None
) -> PersonAnswer:
    """As `answer_as_person`, inside the caller's transaction: nobody is told before `publish_answer`, after the commit.

    The message and the status change together: whoever locks the conversation sees both, or neither.
    """
    promised = pending.for_person(conversation)
    pending.note(promised)
    message = store.say_as_person(conversation, text, author, client_ref)
    store.stop_pending_replies(conversation)
    before = [Status.BOT, Status.WAITING, Status.RESOLVED]
    return PersonAnswer(message, _write(conversation, Status.HUMAN, Reason.PERSON_ANSWERED, only_from=before), promised)


def publish_answer(conversation: Conversation, answer: PersonAnswer) -> None:
    if answer.took_over:
        publish_status(conversation)
    stream.publish(conversation.pk, "message.created", message=answer.message.as_json(), kept=[answer.promised])


def request_handoff(conversation: Conversation, reason: str = Reason.ASKED) -> bool:
    """As `hand_off` by a customer, in the caller's transaction: nobody is told before `tell`, after the commit."""
    changed = _write(conversation, Status.WAITING, reason, only_from=[Status.BOT, Status.RESOLVED])
    if changed and reason == Reason.ASKED:
        feedback.flag_latest_answer(conversation)
    return changed


def publish_status(conversation: Conversation) -> None:
    """Tell everybody who follows a conversation how it stands."""
    status, reason = conversation.status, conversation.status_reason
    stream.publish(conversation.pk, "conversation.updated", status=status, reason=reason)


def _change(conversation: Conversation, status: str, reason: str, *, only_from: list[str]) -> bool:
    with transaction.atomic():
        changed = _write(conversation, status, reason, only_from=only_from)
    if changed:
        publish_status(conversation)
    return changed


def _write(conversation: Conversation, status: str, reason: str, *, only_from: list[str]) -> bool:
    """Note the change, and leave word for the shop's own programs; with a handoff also for its helpdesk."""
    found = Conversation.objects.filter(pk=conversation.pk, status__in=only_from)
    if not found.update(status=status, status_reason=reason):
        return False
    conversation.status, conversation.status_reason = status, reason
    change = {"conversation": str(conversation.pk), "status": str(status), "reason": str(reason)}
    outbox.record(conversation.workspace_id, "conversation.updated", **change)
    if status == Status.WAITING:
        outbox.record(conversation.workspace_id, "handoff.requested", **change)
    return True


ahand_off = database_sync_to_async(hand_off, thread_sensitive=False)
apublish_status = database_sync_to_async(publish_status, thread_sensitive=False)
