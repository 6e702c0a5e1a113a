"""Submit a customer's message: check, store, publish, and start the reply. Used by all APIs."""

import uuid
from collections.abc import Sequence
from typing import Any

from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from conversations.events import stream
from conversations.gate.decision import ALLOW, Decision, decide
from conversations.messaging import admission, coalescing, reply_caps, store
from conversations.messaging.store import Accepted
from conversations.models import Conversation, Message
from conversations.replies import held_messages, immediate_reply, runner, stream_writer


async def submit(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None = None,
    attachments: Sequence[uuid.UUID] = (),
    *,
    ip: str | None = None,
) -> tuple[Accepted, dict[str, Any]]:
    """Accept a customer's message. Return what was stored, and the event that announces it.

    The event is published after the commit. A message sent twice is stored and published once: the second call returns
    the first event, and starts the reply if it was not started.

    Raises:
        MessageEmpty, MessageTooLong, InvalidMessage, RateLimited, VisitorMuted: it was not admitted.
        RefMismatch: the client_ref was used for another text.
        NotFound, TooManyAttachments: see `attachments.unsent`.
    """
    accepted = await aadmit(conversation, text, client_ref, attachments, ip=ip)
    return accepted, await announce(conversation, accepted)


def admit(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None = None,
    attachments: Sequence[uuid.UUID] = (),
    *,
    ip: str | None = None,
) -> Accepted:
    """Check and store a message: the first half of `submit`, for callers in a thread. Then call `announce`."""
    admission.admit(conversation, text, ip=ip, with_files=bool(attachments))
    accepted = _accepted(conversation, text, client_ref, attachments)
    reply_caps.note_sender(conversation, ip)  # not earlier, so that nothing of an erased conversation is stored again
    return accepted


def _accepted(
    conversation: Conversation, text: str, client_ref: uuid.UUID | None, attachments: Sequence[uuid.UUID]
) -> Accepted:
    """Store the message. A cached answer skips the gate, which judged the question when it was first asked."""
    writer = "" if coalescing.wait_s(conversation, text) else runner.OWNER
    is_first = conversation.last_seq == 0
    if is_first and writer and not attachments and (answered := immediate_reply.accept(conversation, text, client_ref)):
        return answered
    decision = _judged(conversation, text)
    if decision.verdict == "hold":
        return held_messages.accept(conversation, text, client_ref, attachments, decision)
    return store.accept(conversation, text, client_ref, attachments, writer=writer)


def _judged(conversation: Conversation, text: str) -> Decision:
    """Return the gate's decision on a message that the assistant would answer, and those it would answer with it.

    Helpdesks do their own review.

    Raises:
        MessageRefused
        MessageHeld: only for a helpdesk.
    """
    decision = decide(coalescing.with_begun(conversation, text), conversation.workspace_id)
    if decision.verdict == "allow" or _is_with_a_person(conversation):
        return ALLOW
    if decision.verdict == "refuse":
        raise admission.MessageRefused
    if conversation.channel == Conversation.Channel.HELPDESK:
        raise admission.MessageHeld
    return decision


def _is_with_a_person(conversation: Conversation) -> bool:
    """Return whether a person answers now. The status is read again, as an open socket loaded it long ago."""
    now = Conversation.objects.filter(pk=conversation.pk).values_list("status", flat=True).first()
    return now in (Conversation.Status.WAITING, Conversation.Status.HUMAN)


aadmit = database_sync_to_async(admit, thread_sensitive=False)


async def announce(conversation: Conversation, accepted: Accepted) -> dict[str, Any]:
    """Publish a stored message and start its reply: the second half of `submit`."""
    event = None if accepted.is_new else await _told_before(accepted)
    if event is None:
        event = await _tell(accepted)
    if accepted.reply and not accepted.reply.is_finished:
        after_s = coalescing.wait_s(conversation, accepted.message.text)
        runner.start(accepted.reply, after_s, restart=accepted.joined, claimed=accepted.claimed)
    return event


async def _told_before(accepted: Accepted) -> dict[str, Any] | None:
    message = accepted.message
    try:
        return await stream.find(message.conversation_id, type="message.created", message_id=str(message.pk))
    except (RedisError, OSError):  # it is published again, and clients recognise it by its id
        return None


async def _tell(accepted: Accepted) -> dict[str, Any]:
    """Publish a message, and its reply if that is already finished."""
    message, answer = accepted.message, accepted.reply
    fields = {"message_id": str(message.pk), "message": message.as_json()}
    told = [("message.created", fields)]
    is_over = bool(answer and answer.is_finished)
    if answer and is_over and answer.status != Message.Status.FAILED:
        told += stream_writer.whole(answer)
    place = await stream.apublish_all(message.conversation_id, *told, rows=accepted.events, soon=is_over)
    seq = {"seq": place.seq} if place else {}
    return {"type": "message.created", "conversation": str(message.conversation_id), **seq, **fields}
