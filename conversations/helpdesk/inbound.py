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
from conversations.messaging.admission import MessageRefused, MessageTooLong
from conversations.messaging.creation import named_contact, open_conversation
from conversations.models import Conversation
from conversations.replies import runner, wait_for_reply

log = logging.getLogger(__name__)
LATER_S = 10
NO_TEXT = "(without text)"  # in the place of what a person said that was neither text nor a file


def receive(connection: Connection, headers: Mapping[str, str], body: bytes, payload: Any) -> Delivery | None:
    """Verify a webhook and write it down. None when it was written down before.

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
    """Act on what a webhook says. Safe to repeat: one that is done, or being done, is left alone.

    What comes faster than it is let in, or while the database is away, waits for a later attempt.
    """
    if not Delivery.objects.claim(delivery_id):
        return
    delivery = Delivery.objects.select_related("connection__workspace").get(pk=delivery_id)
    settled: dict[str, Any] = {"status": Delivery.Status.DONE}
    for heard in adapter_of(delivery.connection).read(delivery.connection, delivery.payload):
        try:
            if left_why := apply_event(delivery.connection, heard, delivery):
                settled["error"] = left_why
        except (RateLimited, DependencyDown) as error:
            log.warning("delivery %s waits: %s", delivery.delivery_id, error)
            settled = {"leased_until": timezone.now() + timedelta(seconds=error.details.get("retry_after_s", LATER_S))}
            break
        except ServiceError as error:  # such as a text that is too long: trying again would end the same way
            settled |= {"status": Delivery.Status.FAILED, "error": f"{error.code}: {error.sentence}"}
    if settled.get("status") == Delivery.Status.DONE:
        settled["payload"] = {}  # a repetition is known by its id, and what it said is in the conversation
    try:
        delivery.release_lease(**settled)
    except LeaseLost:
        log.warning("delivery %s took longer than its lease, or was deleted", delivery.delivery_id)


def mark_exhausted() -> None:
    """Put down as failed what ended its worker on every attempt, so that it keeps no place among what is waiting."""
    spent = Delivery.objects.filter(status=Delivery.Status.PENDING, attempts__gte=settings.HELPDESK_MAX_ATTEMPTS)
    error = f"too_many_attempts: acting on it failed {settings.HELPDESK_MAX_ATTEMPTS} times; the worker's log says why."
    spent.filter(leased_until__lt=timezone.now()).update(status=Delivery.Status.FAILED, error=error, leased_until=None)


def apply_event(connection: Connection, heard: HelpdeskEvent, delivery: Delivery | None = None) -> str:
    """Do what follows from it. Return why it was left to people, where it was.

    Nothing follows where the `delivery` no longer says it: the person whom it concerns was erased just now.

    Raises:
        RateLimited, DependencyDown: it can be acted on later.
        ServiceError: it cannot be acted on.
    """
    thread = thread_of(connection, heard, delivery)
    if thread is None:
        return ""
    conversation = Conversation.objects.select_related("workspace", "contact").filter(pk=thread.conversation_id).first()
    if conversation is None:  # erased just now
        return ""
    if heard.who is Actor.CUSTOMER:
        return _answer(thread, conversation, heard)
    if heard.who is Actor.PERSON:
        _note_person(thread, conversation, heard)
    elif heard.who is Actor.TAKEN:
        store.stop_pending_replies(conversation)
        handoff.hand_off(conversation)
        _they_know(thread, conversation)
    else:
        handoff.resolve(conversation)
        _they_know(thread, conversation)
    return ""


def thread_of(connection: Connection, heard: HelpdeskEvent, delivery: Delivery | None = None) -> Thread | None:
    """The thread, begun where a customer speaks for the first time."""
    known = Thread.objects.filter(connection=connection, external_id=heard.thread_id).select_related(
        "conversation__contact"
    )
    if (thread := known.first()) or heard.who is not Actor.CUSTOMER:
        if thread and heard.who is Actor.CUSTOMER:
            _doubt_contact(thread.conversation, heard)
        return thread
    contact = contact_in(heard)
    try:
        with transaction.atomic():
            conversation = open_conversation(
                Caller(connection.workspace), contact=contact, channel=Conversation.Channel.HELPDESK
            )
            if delivery and not _still_says(delivery, heard):  # asked last: the contact is locked before the delivery
                transaction.set_rollback(True)
                return None
            return Thread.objects.create(
                connection=connection,
                external_id=heard.thread_id,
                conversation=conversation,
                first_message_id=heard.message_id,
            )
    except IntegrityError:
        return known.first()  # begun by another delivery just now; None where the contact was erased just now


def _still_says(delivery: Delivery, heard: HelpdeskEvent) -> bool:
    """Whether nobody has taken this out of the delivery since it was read, nor will before the transaction ends."""
    locked = Delivery.objects.select_for_update().filter(pk=delivery.pk).values_list("payload", flat=True).first()
    return locked is not None and heard in adapter_of(delivery.connection).read(delivery.connection, locked)


def contact_in(heard: HelpdeskEvent) -> dict[str, Any]:
    """As `named_contact` takes it."""
    return {name: value[:255] for name, value in heard.contact.items() if value} | {"verified": heard.verified}


def _doubt_contact(conversation: Conversation, heard: HelpdeskEvent) -> None:
    """In a verified customer's thread somebody writes for whom nobody signed: it goes on as an unverified one's."""
    if not conversation.contact.verified or heard.verified:
        return
    with transaction.atomic():
        contact = named_contact(conversation.workspace, **contact_in(heard))
        if contact._state.adding:
            contact.save(force_insert=True)
        if not Conversation.objects.filter(pk=conversation.pk).update(contact=contact):
            transaction.set_rollback(True)  # it was erased just now, and with it what was known of the contact
            return
        conversation.contact = contact


def _answer(thread: Thread, conversation: Conversation, heard: HelpdeskEvent) -> str:
    try:
        async_to_sync(_asked)(conversation, heard.text, _ref(thread, heard))
        left_why = ""
    except (InvalidMessage, MessageTooLong) as refused:
        _leave_to_people(thread, conversation, heard, is_kept=not isinstance(refused, MessageRefused))
        left_why = f"{refused.code}: left to people"
    outbound.sync_thread(thread.pk)
    return left_why


def _ref(thread: Thread, heard: HelpdeskEvent) -> uuid.UUID | None:
    """Their id of a message makes ours: under whatever delivery it comes again, it is one message."""
    return uuid.uuid5(thread.connection_id, f"{heard.thread_id}:{heard.message_id}") if heard.message_id else None


async def _asked(conversation: Conversation, text: str, ref: uuid.UUID | None) -> None:
    accepted, _ = await wait_for_reply.asked(conversation, text, ref)
    if accepted.reply is not None:
        await runner.all_done()  # a handoff follows its reply, and this loop ends with us


def _leave_to_people(thread: Thread, conversation: Conversation, heard: HelpdeskEvent, *, is_kept: bool) -> None:
    """Hand over what the assistant cannot read, and keep of it what can be shown: people see the rest over there."""
    shown, ref = readable_part(heard), _ref(thread, heard)
    if ref and conversation.messages.filter(client_ref=ref).exists():
        return  # it came before
    handoff.hand_off(conversation, handoff.Reason.UNREADABLE)
    if shown and is_kept:
        store.accept(conversation, shown, ref)


def readable_part(heard: HelpdeskEvent) -> str:
    text = heard.text.replace("\x00", "")[: settings.MESSAGE_MAX_CHARS]
    return text if text.strip() else "\n".join(heard.files)


def _note_person(thread: Thread, conversation: Conversation, heard: HelpdeskEvent) -> None:
    """A person answered there: silent from now on. Our own words coming back are no person's; a file alone is.

    In one transaction with the note that the helpdesk knows it: what is told in between must not send it back.
    """
    text, ref = readable_part(heard) or NO_TEXT, _ref(thread, heard)
    with transaction.atomic():
        locked = Thread.objects.select_for_update().get(pk=thread.pk)
        if (ref and conversation.messages.filter(client_ref=ref).exists()) or outbound.is_ours(locked, text):
            return
        answer = handoff.answer_as_person(conversation, text, client_ref=ref)
        locked.said_by_them.append(answer.seq)
        locked.told_status = Conversation.Status.HUMAN
        locked.save(update_fields=["said_by_them", "told_status"])


def _they_know(thread: Thread, conversation: Conversation) -> None:
    Thread.objects.filter(pk=thread.pk).update(told_status=conversation.status)
