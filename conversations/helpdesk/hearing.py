"""What a helpdesk tells us: taken in at once, worked on by a worker, each thing once."""

import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from assistant.errors import DependencyDown, RateLimited, ServiceError
from conversations import handoff, reply, waiting
from conversations.access import Caller
from conversations.helpdesk import telling
from conversations.helpdesk.adapters import adapter_of
from conversations.helpdesk.heard import Heard, Who
from conversations.helpdesk.models import Connection, Delivery, Thread
from conversations.models import Conversation, Message
from conversations.opening import named_contact, open_conversation

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=150)
LATER_S = 10


def take_in(connection: Connection, headers: Mapping[str, str], body: bytes, payload: Any) -> Delivery | None:
    """Verify a webhook and write it down. None when it was written down before.

    Raises:
        SignatureInvalid
    """
    adapter = adapter_of(connection)
    adapter.verify(connection, headers, body)
    name = adapter.delivery_id(headers, payload)[:255] or uuid.uuid4().hex
    try:
        with transaction.atomic():
            return Delivery.objects.create(connection=connection, delivery_id=name, payload=payload)
    except IntegrityError:
        return None


def work_off(delivery_id: int) -> None:
    """Act on what a webhook says. Safe to repeat: one that is done, or being done, is left alone.

    What comes faster than it is let in, or while the database is away, waits for a later attempt.
    """
    free = Delivery.objects.to_do().filter(pk=delivery_id)
    if not free.update(leased_until=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return
    delivery = Delivery.objects.select_related("connection__workspace").get(pk=delivery_id)
    settled: dict[str, Any] = {"status": Delivery.Status.DONE, "leased_until": None}
    for heard in adapter_of(delivery.connection).read(delivery.connection, delivery.payload):
        try:
            act_on(delivery.connection, heard)
        except (RateLimited, DependencyDown) as error:
            log.warning("delivery %s waits: %s", delivery.delivery_id, error)
            settled = {"leased_until": timezone.now() + timedelta(seconds=error.details.get("retry_after_s", LATER_S))}
            break
        except ServiceError as error:  # such as a text that is too long: trying again would end the same way
            settled |= {"status": Delivery.Status.FAILED, "error": f"{error.code}: {error.sentence}"}
    Delivery.objects.filter(pk=delivery_id).update(**settled)


def give_up() -> None:
    """Put down as failed what ended its worker on every attempt, so that it keeps no place among what is waiting."""
    spent = Delivery.objects.filter(status=Delivery.Status.PENDING, attempts__gte=settings.HELPDESK_MAX_ATTEMPTS)
    error = f"too_many_attempts: acting on it failed {settings.HELPDESK_MAX_ATTEMPTS} times; the worker's log says why."
    spent.filter(leased_until__lt=timezone.now()).update(status=Delivery.Status.FAILED, error=error, leased_until=None)


def act_on(connection: Connection, heard: Heard) -> None:
    """
    Raises:
        ServiceError: the message was not let in.
    """
    thread = thread_of(connection, heard)
    if thread is None:
        return
    conversation = Conversation.objects.select_related("workspace", "contact").get(pk=thread.conversation_id)
    if heard.who is Who.CUSTOMER:
        _answer(thread, conversation, heard)
    elif heard.who is Who.PERSON:
        _note_person(thread, conversation, heard)
    elif heard.who is Who.TAKEN:
        handoff.hand_off(conversation)
        _they_know(thread, conversation)
    else:
        handoff.resolve(conversation)
        _they_know(thread, conversation)


def thread_of(connection: Connection, heard: Heard) -> Thread | None:
    """The thread, begun where a customer speaks for the first time."""
    known = Thread.objects.filter(connection=connection, external_id=heard.thread_id).select_related(
        "conversation__contact"
    )
    if (thread := known.first()) or heard.who is not Who.CUSTOMER:
        if thread and heard.who is Who.CUSTOMER:
            _doubt_contact(thread.conversation, heard)
        return thread
    contact = contact_in(heard)
    try:
        with transaction.atomic():
            conversation = open_conversation(
                Caller(connection.workspace), contact=contact, channel=Conversation.Channel.HELPDESK
            )
            return Thread.objects.create(
                connection=connection,
                external_id=heard.thread_id,
                conversation=conversation,
                first_message_id=heard.message_id,
            )
    except IntegrityError:
        return known.get()  # begun by another delivery just now


def contact_in(heard: Heard) -> dict[str, Any]:
    """As `named_contact` takes it."""
    return {name: value[:255] for name, value in heard.contact.items() if value} | {"verified": heard.verified}


def _doubt_contact(conversation: Conversation, heard: Heard) -> None:
    """In a verified customer's thread somebody writes for whom nobody signed: it goes on as an unverified one's."""
    if conversation.contact.verified and not heard.verified:
        contact = named_contact(conversation.workspace, **contact_in(heard))
        if contact._state.adding:
            contact.save(force_insert=True)
        conversation.contact = contact
        conversation.save(update_fields=["contact"])


def _answer(thread: Thread, conversation: Conversation, heard: Heard) -> None:
    # Their id of the message makes ours: under whatever delivery it comes again, it is one message.
    ref = uuid.uuid5(thread.connection_id, f"{heard.thread_id}:{heard.message_id}") if heard.message_id else None
    async_to_sync(_asked)(conversation, heard.text, ref)
    telling.tell(thread.pk)


async def _asked(conversation: Conversation, text: str, ref: uuid.UUID | None) -> None:
    accepted, _ = await waiting.asked(conversation, text, ref)
    if accepted.reply is not None:
        await reply.all_done()  # a handoff follows its reply, and this loop ends with us


def _note_person(thread: Thread, conversation: Conversation, heard: Heard) -> None:
    """A person answered there: silent from now on. Our own words coming back are no person's."""
    text = heard.text.strip()
    if not text or telling.is_ours(conversation, text):
        return
    message: Message = handoff.answer_as_person(conversation, text)
    Thread.objects.filter(pk=thread.pk).update(
        said_by_them=[*thread.said_by_them, message.seq], told_status=Conversation.Status.HUMAN
    )


def _they_know(thread: Thread, conversation: Conversation) -> None:
    Thread.objects.filter(pk=thread.pk).update(told_status=conversation.status)
