"""Store messages once, each with its pending reply, and update them later."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

from assistant.errors import Conflict, NotFound, ServiceError
from assistant.postgres.inserting import insert
from assistant.webhooks import outbox
from conversations.events import stream
from conversations.messaging import attachments as messaging_attachments
from conversations.messaging import coalescing, file_words, leases
from conversations.models import Conversation, ConversationEvent, Message

Status = Message.Status


class RefMismatch(Conflict):
    code = "idempotency_mismatch"
    sentence = "This client_ref was already used for a different text."


class VisitorMuted(ServiceError):
    code = "visitor_muted"
    http_status = 403
    sentence = "You can't send messages here at the moment. Please try again later."


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored message. `reply` is pending; None if a person answers.

    `is_new` is False if the message was stored before under the same client_ref; `joined` is True if the reply was
    started for the previous message, and now has to answer both; `claimed` is True if the caller is already the writer
    of the reply. `events` are the rows of the events to publish.
    """

    message: Message
    reply: Message | None
    is_new: bool
    joined: bool = False
    claimed: bool = False
    events: Sequence[ConversationEvent] = ()


@transaction.atomic
def accept(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None = None,
    attachments: Sequence[uuid.UUID] = (),
    *,
    writer: str = "",
) -> Accepted:
    """Store a customer's message, once per client_ref, with a pending reply if the assistant answers.

    A new conversation is stored with its first message. A message to a resolved conversation starts over: earlier
    messages leave the context. Messages in quick succession share one reply. `writer`, who is about to start the reply,
    claims it at once if it is the first.

    Raises:
        RefMismatch: the client_ref was used for another text, or for other files.
        VisitorMuted: staff muted the customer.
        NotFound, TooManyAttachments: see `attachments.unsent`.
    """
    return write_down(conversation, text, client_ref, attachments, leases.new_reply(writer))


def write_down(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None,
    attachments: Sequence[uuid.UUID],
    first_reply: Message,
    *,
    held: bool = False,
) -> Accepted:
    """Like `accept`, in the caller's transaction; `first_reply` is stored as the reply to a first message.

    A `held` message always gets `first_reply`, and is not joined with other messages.
    """
    locked = _locked(conversation)
    if locked.contact.is_muted:
        raise VisitorMuted
    is_first = locked.last_seq == 0
    if client_ref and not is_first and (before := _said_before(locked, text, client_ref, attachments)):
        return before
    if locked.status == Conversation.Status.RESOLVED:
        locked.status, locked.status_reason = Conversation.Status.BOT, ""
        locked.context_from_seq = locked.last_seq
    files = messaging_attachments.unsent(locked, attachments)
    sent = {"text": text, "client_ref": client_ref, "attachments": [file.as_json() for file in files]}
    held = held and answers_itself(locked)  # not if a person took over meanwhile
    if held:
        sent["status"] = Status.HELD
    joinable = coalescing.open_reply(locked) if answers_itself(locked) and not (is_first or held) else None
    accepted = _written(locked, sent, joinable, first_reply if is_first or held else leases.new_reply())
    if files:
        messaging_attachments.give_to(accepted.message, files)
        if accepted.reply is None:  # otherwise the reply does this once they are read
            store_words = partial(file_words.store_with_message, accepted.message.pk)
            transaction.on_commit(store_words, robust=True)
    _tell(locked, accepted.message, accepted.reply)
    conversation.last_seq = locked.last_seq
    return accepted


def _locked(conversation: Conversation) -> Conversation:
    """Re-read and lock the conversation; return an unsaved one unchanged, because nobody else can access it.

    Raises:
        NotFound: it was erased.
    """
    if conversation._state.adding:
        return conversation
    rows = Conversation.objects.select_related("workspace", "contact").select_for_update(of=("self",))
    try:
        return rows.get(pk=conversation.pk)
    except Conversation.DoesNotExist as error:
        raise NotFound from error


def _store(locked: Conversation, *said: Message) -> list[ConversationEvent]:
    """Save new messages, their event rows and the changes of the conversation; return the event rows.

    A new conversation is saved without event rows: it has no subscribers yet, and later ones start from a snapshot.
    """
    if locked._state.adding:
        locked.insert(*said)
        return []
    kinds = ["reply.completed" if each.role == Message.Role.ASSISTANT else "message.created" for each in said]
    events = [
        ConversationEvent(conversation=locked, kind=kind)
        for each, kind in zip(said, kinds, strict=True)
        if each.is_finished
    ]
    insert([*said, *events])
    locked.save(update_fields=["last_seq", "status", "status_reason", "context_from_seq", "updated_at"])
    return events


def answers_itself(conversation: Conversation) -> bool:
    """Return whether the assistant answers, and not a person."""
    return conversation.status == Conversation.Status.BOT


def _written(locked: Conversation, sent: dict[str, Any], open_reply: Message | None, reply: Message) -> Accepted:
    """Return the message and its reply: a new one, or the open one that it joins."""
    if open_reply and coalescing.make_room(open_reply):
        message = _next(locked, seq=open_reply.seq, role=Message.Role.CUSTOMER, **sent)
        events = _store(locked, message)
        Message.objects.filter(pk=open_reply.pk).update(in_reply_to=message)
        open_reply.refresh_from_db()
        return Accepted(message, open_reply, is_new=True, joined=True, events=events)
    message = _next(locked, role=Message.Role.CUSTOMER, **sent)
    if not answers_itself(locked):
        return Accepted(message, None, is_new=True, events=_store(locked, message))
    locked.last_seq += 1
    reply.conversation, reply.seq, reply.in_reply_to = locked, locked.last_seq, message
    events = _store(locked, message, reply)
    return Accepted(message, reply, is_new=True, claimed=reply.owner != "", events=events)


def _said_before(
    conversation: Conversation, text: str, client_ref: uuid.UUID, attachments: Sequence[uuid.UUID]
) -> Accepted | None:
    before = Message.objects.filter(conversation=conversation, client_ref=client_ref).first()
    if before is None:
        return None
    if before.text != text or [each["id"] for each in before.attachments] != [str(pk) for pk in attachments]:
        raise RefMismatch(client_ref=str(client_ref))
    return Accepted(before, Message.objects.filter(in_reply_to=before).first(), is_new=False)


def _tell(conversation: Conversation, message: Message, reply: Message | None = None) -> None:
    told = {"message.created": message} | ({"reply.completed": reply} if reply and reply.is_finished else {})
    said = {kind: {"conversation": str(conversation.pk), "message": each.as_json()} for kind, each in told.items()}
    outbox.record_all(conversation.workspace_id, said)


def _next(conversation: Conversation, **fields: Any) -> Message:
    """Return the next message, to be saved by the caller with the new `last_seq`.

    A message that takes over a reply's `seq` leaves the new last number to that reply.
    """
    conversation.last_seq += 1
    return Message(**{"conversation": conversation, "seq": conversation.last_seq} | fields)


@transaction.atomic
def say_as_person(
    conversation: Conversation, text: str, author: Any = None, client_ref: uuid.UUID | None = None
) -> Message:
    """Append an answer by staff, and publish it after the commit."""
    locked = _locked(conversation)
    message = _next(locked, role=Message.Role.PERSON, text=text, author=author, client_ref=client_ref)
    (event,) = _store(locked, message)
    transaction.on_commit(partial(stream.publish, event, message=message.as_json()))
    _tell(locked, message)
    return message


def reply_to_unanswered(conversation: Conversation) -> Message | None:
    """Add a reply to the customer's last message if it has none. Call it inside a transaction.

    Raises:
        NotFound: the conversation was erased.
    """
    locked = _locked(conversation)
    newest = Message.objects.for_assistant().filter(conversation=locked).newest(1)
    if not newest or newest[0].role != Message.Role.CUSTOMER:
        return None
    return add_reply(locked, newest[0])


def add_reply(locked: Conversation, message: Message) -> Message:
    """Add a pending reply to a message. The caller has locked the conversation, whose changes are stored with it."""
    reply = _next(locked, role=Message.Role.ASSISTANT, status=Status.WAITING, in_reply_to=message)
    _store(locked, reply)
    return reply


def request_stop(conversation: Conversation, message_id: uuid.UUID) -> None:
    """Ask the writer of a reply to stop.

    Raises:
        NotFound: there is no such reply in this conversation.
    """
    replies = Message.objects.filter(conversation=conversation, role=Message.Role.ASSISTANT, pk=message_id)
    if not replies.exists():
        raise NotFound
    replies.unfinished().update(stop_requested=True)


def stop_pending_replies(conversation: Conversation) -> None:
    """Stop every reply of a conversation: pending ones at once, those in progress through their writers."""
    unfinished = Message.objects.unfinished().filter(conversation=conversation)
    unfinished.filter(status=Status.WAITING).update(status=Status.STOPPED, finished_at=timezone.now())
    unfinished.update(stop_requested=True)


def next_waiting(conversation_id: uuid.UUID) -> Message | None:
    """Return the first pending reply of a conversation."""
    waiting = Message.objects.filter(conversation=conversation_id, status=Status.WAITING).order_by("seq")
    first = waiting.values_list("pk", flat=True).first()
    return Message.objects.with_question().filter(pk=first).first() if first else None  # it may be erased meanwhile


arequest_stop = database_sync_to_async(request_stop, thread_sensitive=False)
anext_waiting = database_sync_to_async(next_waiting, thread_sensitive=False)
