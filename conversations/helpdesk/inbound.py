"""Inbound webhooks of helpdesks: stored at once, processed once, in the background."""

import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from assistant.errors import DependencyDown, InvalidMessage, RateLimited, ServiceError
from assistant.leases import LeaseLost
from conversations.helpdesk import outbound
from conversations.helpdesk.adapters.registry import adapter_of
from conversations.helpdesk.events import Actor, HelpdeskEvent
from conversations.helpdesk.models import Connection, Delivery, Thread
from conversations.identity.permissions import Caller
from conversations.messaging import handoff, store
from conversations.messaging.admission import MessageHeld, MessageRefused, MessageTooLong
from conversations.messaging.creation import named_contact, open_conversation
from conversations.messaging.store import VisitorMuted
from conversations.models import Conversation
from conversations.replies import runner, wait_for_reply

log = logging.getLogger(__name__)
LATER_S = 10
NO_TEXT = "(without text)"  # replaces a person's message that has neither text nor files


def receive(connection: Connection, headers: Mapping[str, str], body: bytes, payload: Any) -> Delivery | None:
    """Verify a webhook and store it. Returns None if it was stored before.

    Raises:
        SignatureInvalid
    """
    adapter = adapter_of(connection)
    adapter.verify(connection, headers, body)
    name = adapter.delivery_id(headers, body, payload)[:255] or uuid.uuid4().hex
    try:
        with transaction.atomic():
            return Delivery.objects.create(connection=connection, delivery_id=name, payload=payload)
    except IntegrityError:
        return None


def process_delivery(delivery_id: int) -> None:
    """Process a stored webhook. Idempotent: a delivery that is processed, or being processed, is left alone.

    A rate limit or a database failure leaves the delivery for a later attempt.
    """
    if not Delivery.objects.claim(delivery_id):
        return
    delivery = Delivery.objects.select_related("connection__workspace").get(pk=delivery_id)
    result: dict[str, Any] = {"status": Delivery.Status.DONE}
    for event in adapter_of(delivery.connection).read(delivery.connection, delivery.payload):
        try:
            if handoff_note := apply_event(delivery.connection, event, delivery):
                result["error"] = handoff_note
        except (RateLimited, DependencyDown) as error:
            log.warning("Postponed delivery %s: %s", delivery.delivery_id, error)
            result = {"leased_until": timezone.now() + timedelta(seconds=error.details.get("retry_after_s", LATER_S))}
            break
        except ServiceError as error:  # such as a text that is too long: retrying would fail again
            result |= {"status": Delivery.Status.FAILED, "error": f"{error.code}: {error.sentence}"}
    if result.get("status") == Delivery.Status.DONE:
        result["payload"] = {}  # duplicates are detected by id, and the message is stored in the conversation
    try:
        delivery.release_lease(**result)
    except LeaseLost:
        log.warning("Delivery %s was deleted or outlived its lease", delivery.delivery_id)


def mark_exhausted() -> None:
    """Mark deliveries as failed whose worker died on every attempt, so that they do not block the queue."""
    exhausted = Delivery.objects.filter(status=Delivery.Status.PENDING, attempts__gte=settings.HELPDESK_MAX_ATTEMPTS)
    error = f"too_many_attempts: processing failed {settings.HELPDESK_MAX_ATTEMPTS} times; see the worker's log."
    exhausted.filter(leased_until__lt=timezone.now()).update(
        status=Delivery.Status.FAILED, error=error, leased_until=None
    )


def apply_event(connection: Connection, event: HelpdeskEvent, delivery: Delivery | None = None) -> str:
    """Process an event. Returns a reason if the message was handed to people instead of answered, otherwise "".

    Does nothing if the event is no longer in the `delivery`, because the person was erased.

    Raises:
        RateLimited, DependencyDown: retry later.
        ServiceError: it cannot be processed.
    """
    thread = thread_of(connection, event, delivery)
    if thread is None:
        return ""
    conversation = Conversation.objects.select_related("workspace", "contact").filter(pk=thread.conversation_id).first()
    if conversation is None:  # erased
        return ""
    if event.who is Actor.CUSTOMER:
        return _answer(thread, conversation, event)
    if event.who is Actor.PERSON:
        _record_person(thread, conversation, event)
    elif event.who is Actor.TAKEN:
        store.stop_pending_replies(conversation)
        handoff.hand_off(conversation)
        _mark_status_known(thread, conversation)
    else:
        handoff.resolve(conversation)
        _mark_status_known(thread, conversation)
    return ""


def thread_of(connection: Connection, event: HelpdeskEvent, delivery: Delivery | None = None) -> Thread | None:
    """Return the thread, and create it at a customer's first message."""
    existing = Thread.objects.filter(connection=connection, external_id=event.thread_id).select_related(
        "conversation__contact"
    )
    if (thread := existing.first()) or event.who is not Actor.CUSTOMER:
        if thread and event.who is Actor.CUSTOMER:
            _doubt_contact(thread.conversation, event)
        return thread
    contact = contact_in(event)
    try:
        with transaction.atomic():
            conversation = open_conversation(
                Caller(connection.workspace), contact=contact, channel=Conversation.Channel.HELPDESK
            )
            if delivery and not _still_in_delivery(delivery, event):  # last: the contact is locked first
                transaction.set_rollback(True)
                return None
            return Thread.objects.create(
                connection=connection,
                external_id=event.thread_id,
                conversation=conversation,
                first_message_id=event.message_id,
            )
    except IntegrityError:
        return existing.first()  # created by a concurrent delivery; None if the contact was erased


def _still_in_delivery(delivery: Delivery, event: HelpdeskEvent) -> bool:
    """Return whether the event is still in the delivery, and lock the delivery until the transaction ends."""
    locked = Delivery.objects.select_for_update().filter(pk=delivery.pk).values_list("payload", flat=True).first()
    return locked is not None and event in adapter_of(delivery.connection).read(delivery.connection, locked)


def contact_in(event: HelpdeskEvent) -> dict[str, Any]:
    """Return the arguments of `named_contact`."""
    return {name: value[:255] for name, value in event.contact.items() if value} | {"verified": event.verified}


def _doubt_contact(conversation: Conversation, event: HelpdeskEvent) -> None:
    """Move a verified customer's thread to an unverified contact after a message without a verified identity."""
    if not conversation.contact.verified or event.verified:
        return
    with transaction.atomic():
        contact = named_contact(conversation.workspace, **contact_in(event))
        if contact._state.adding:
            contact.save(force_insert=True)
        if not Conversation.objects.filter(pk=conversation.pk).update(contact=contact):
            transaction.set_rollback(True)  # the conversation was erased together with the contact
            return
        conversation.contact = contact


def _answer(thread: Thread, conversation: Conversation, event: HelpdeskEvent) -> str:
    try:
        async_to_sync(_ask)(conversation, event.text, _ref(thread, event))
        handoff_note = ""
    except (InvalidMessage, MessageTooLong, VisitorMuted) as refused:
        is_doubtful = isinstance(refused, MessageHeld | VisitorMuted)
        reason = handoff.Reason.DOUBTFUL if is_doubtful else handoff.Reason.UNREADABLE
        is_kept = not isinstance(refused, MessageRefused | VisitorMuted)
        _hand_to_people(thread, conversation, event, reason, is_kept=is_kept)
        handoff_note = f"{refused.code}: left to people"
    outbound.sync_thread(thread.pk)
    return handoff_note


def _ref(thread: Thread, event: HelpdeskEvent) -> uuid.UUID | None:
    """Derive our client_ref from the helpdesk's message id, so that a redelivered message is stored once."""
    return uuid.uuid5(thread.connection_id, f"{event.thread_id}:{event.message_id}") if event.message_id else None


async def _ask(conversation: Conversation, text: str, ref: uuid.UUID | None) -> None:
    accepted, _ = await wait_for_reply.asked(conversation, text, ref)
    if accepted.reply is not None:
        await runner.all_done()  # a handoff waits for its reply, and this event loop ends with us


def _hand_to_people(
    thread: Thread,
    conversation: Conversation,
    event: HelpdeskEvent,
    reason: str = handoff.Reason.UNREADABLE,
    *,
    is_kept: bool,
) -> None:
    """Hand over a message that the assistant may not read, and store its readable part; people see the rest there."""
    text, ref = readable_part(event), _ref(thread, event)
    if ref and conversation.messages.filter(client_ref=ref).exists():
        return  # a duplicate
    handoff.hand_off(conversation, reason)
    if text and is_kept:
        store.accept(conversation, text, ref)


def readable_part(event: HelpdeskEvent) -> str:
    text = event.text.replace("\x00", "")[: settings.MESSAGE_MAX_CHARS]
    return text if text.strip() else "\n".join(event.files)


def _record_person(thread: Thread, conversation: Conversation, event: HelpdeskEvent) -> None:
    """Store a person's answer, which may be only a file, and stop the assistant.

    Ignores our own messages sent back by the helpdesk. The answer and the note that the helpdesk knows it are stored in
    one transaction, so that it is not sent back.
    """
    text, ref = readable_part(event) or NO_TEXT, _ref(thread, event)
    with transaction.atomic():
        locked = Thread.objects.select_for_update().get(pk=thread.pk)
        if (ref and conversation.messages.filter(client_ref=ref).exists()) or outbound.is_ours(locked, text):
            return
        answer = handoff.answer_as_person(conversation, text, client_ref=ref)
        locked.said_by_them.append(answer.seq)
        locked.told_status = Conversation.Status.HUMAN
        locked.save(update_fields=["said_by_them", "told_status"])


def _mark_status_known(thread: Thread, conversation: Conversation) -> None:
    """Note that the helpdesk knows the current status, so that it is not sent back."""
    Thread.objects.filter(pk=thread.pk).update(told_status=conversation.status)
