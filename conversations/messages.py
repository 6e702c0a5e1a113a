"""Messages: accepted once, a reply claimed by one writer, and closed once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from assistant.errors import Conflict, NotFound
from assistant.webhooks import outbox
from assistant.workspaces.models import Workspace
from caching import verdicts
from caching.models import Verdict
from conversations import bursts
from conversations.attachments import keeping
from conversations.models import Contact, Conversation, Message
from knowledge import catalogue

Status = Message.Status


class RefMismatch(Conflict):
    code = "idempotency_mismatch"
    sentence = "This client_ref was used for another text."


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is written down. `reply` waits to be written; None where a person answers.

    `is_new` is False for a message that was sent before under the same client_ref; `joined` is True where
    the reply was begun for what was said just before, and now has to answer both.
    """

    message: Message
    reply: Message | None
    is_new: bool
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a reply has to answer: the customer's words with what was said before them, oldest first."""

    text: str
    message: Message
    conversation: Conversation
    workspace: Workspace
    contact: Contact
    history: tuple[Message, ...] = field(default=())
    audience: str = "public"
    terms: frozenset[str] = frozenset()  # names of the shop's catalogue, casefolded

    @property
    def turns(self) -> tuple[tuple[str, str], ...]:
        return tuple((said.role, said.text) for said in self.history)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a reply ended; stored in one UPDATE."""

    status: str
    text: str
    citations: list[dict[str, Any]] = field(default_factory=list)
    action: str = ""
    receipt: dict[str, Any] | None = None


@transaction.atomic
def accept(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None = None,
    attachments: Sequence[uuid.UUID] = (),
) -> Accepted:
    """Write a customer's message down, once per client_ref, with an empty reply where the assistant answers.

    A resolved conversation begins anew with it: what was settled is not read again. Said in one breath with
    the message before it, both get one reply.

    Raises:
        RefMismatch: the client_ref was used for another text, or for other files.
        NotFound, TooManyAttachments: see `keeping.unsent`.
    """
    locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if client_ref and (before := _said_before(locked, text, client_ref, attachments)):
        return before
    if locked.status == Conversation.Status.RESOLVED:
        locked.status, locked.status_reason = Conversation.Status.BOT, ""
        locked.context_from_seq = locked.last_seq
    files = keeping.unsent(locked, attachments)
    sent = {"text": text, "client_ref": client_ref, "attachments": [file.as_json() for file in files]}
    answered_by_assistant = locked.status == Conversation.Status.BOT
    reply = bursts.open_reply(locked) if answered_by_assistant else None
    joined = reply is not None and bursts.make_room(reply)
    if joined:
        locked.last_seq -= 1  # the reply went one further: its place is the message's
    message = _next(locked, role=Message.Role.CUSTOMER, **sent)
    if joined:
        locked.last_seq += 1
    elif answered_by_assistant:
        reply = _next(locked, role=Message.Role.ASSISTANT, status=Status.WAITING, in_reply_to=message)
    Message.objects.bulk_create([message] if joined or reply is None else [message, reply])
    if joined:
        Message.objects.filter(pk=reply.pk).update(in_reply_to=message)
        reply.refresh_from_db()
    if files:
        keeping.give_to(message, files)
    locked.save(update_fields=["last_seq", "status", "status_reason", "context_from_seq", "updated_at"])
    _tell(locked, message)
    return Accepted(message, reply, is_new=True, joined=joined)


def _said_before(
    conversation: Conversation, text: str, client_ref: uuid.UUID, attachments: Sequence[uuid.UUID]
) -> Accepted | None:
    before = Message.objects.filter(conversation=conversation, client_ref=client_ref).first()
    if before is None:
        return None
    if before.text != text or [each["id"] for each in before.attachments] != [str(pk) for pk in attachments]:
        raise RefMismatch(client_ref=str(client_ref))
    return Accepted(before, Message.objects.filter(in_reply_to=before).first(), is_new=False)


def _tell(conversation: Conversation, message: Message) -> None:
    said = {"conversation": str(conversation.pk), "message": message.as_json()}
    outbox.record(conversation.workspace_id, "message.created", **said)


def _next(conversation: Conversation, **fields: Any) -> Message:
    """The next message of a locked conversation; it and the new `last_seq` are for the caller to save."""
    conversation.last_seq += 1
    return Message(conversation=conversation, seq=conversation.last_seq, **fields)


@transaction.atomic
def say_as_person(conversation: Conversation, text: str, author: Any = None) -> Message:
    """Append what a person of the shop answers."""
    locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
    message = _next(locked, role=Message.Role.PERSON, text=text, author=author)
    message.save(force_insert=True)
    _tell(locked, message)
    locked.save(update_fields=["last_seq", "updated_at"])
    return message


def claim(reply_id: uuid.UUID, owner: str) -> Message | None:
    """Make `owner` the only writer of this reply for REPLY_LEASE_S seconds. Return None if it is not to be had.

    Of two processes that try, the UPDATE lets one through. Replies of one conversation are written in
    their order: one whose predecessor is unfinished must wait. A lease that ran out may be claimed again.
    """
    now = timezone.now()
    earlier = Message.objects.unfinished().filter(conversation=OuterRef("conversation"), seq__lt=OuterRef("seq"))
    free = (
        Message.objects.unfinished()
        .filter(Q(leased_until=None) | Q(leased_until__lt=now), ~Exists(earlier), pk=reply_id)
        .filter(attempt__lt=settings.REPLY_MAX_ATTEMPTS)
    )
    taken = free.update(
        owner=owner,
        leased_until=now + timedelta(seconds=settings.REPLY_LEASE_S),
        status=Status.WRITING,
        attempt=F("attempt") + 1,
    )
    asked = ("in_reply_to__conversation__workspace", "in_reply_to__conversation__contact")
    return Message.objects.select_related(*asked).get(pk=reply_id) if taken else None


def renew(reply: Message, text: str) -> bool:
    """Keep the lease and save what was said so far. False: another has the reply, or it was asked to stop."""
    mine = Message.objects.filter(pk=reply.pk, attempt=reply.attempt, status=Status.WRITING, stop_requested=False)
    until = timezone.now() + timedelta(seconds=settings.REPLY_LEASE_S)
    return mine.update(leased_until=until, text=text) == 1


def release(reply_id: uuid.UUID, owner: str) -> None:
    """Let go of a lease, so that another may claim the reply now."""
    mine = Message.objects.filter(pk=reply_id, owner=owner, status=Status.WRITING)
    mine.update(leased_until=timezone.now(), owner="")


def close(reply: Message, closing: Closing) -> bool:
    """End a reply, here and in the database. False when this writer lost it: then nothing is stored or to be told."""
    mine = Message.objects.filter(pk=reply.pk, attempt=reply.attempt, status=Status.WRITING)
    ended = {
        "status": closing.status,
        "text": closing.text,
        "citations": closing.citations,
        "action": closing.action,
        "receipt": closing.receipt,
        "finished_at": timezone.now(),
        "leased_until": None,
        "owner": "",
    }
    if mine.update(**ended) != 1:
        return False
    for name, value in ended.items():
        setattr(reply, name, value)
    return True


def give_up(reply_id: uuid.UUID) -> Message | None:
    """End a reply that was begun REPLY_MAX_ATTEMPTS times and never finished; None if it may be tried again."""
    worn_out = Message.objects.abandoned().filter(pk=reply_id, attempt__gte=settings.REPLY_MAX_ATTEMPTS)
    ended = worn_out.update(status=Status.FAILED, finished_at=timezone.now(), leased_until=None)
    return Message.objects.get(pk=reply_id) if ended else None


def ask_to_stop(conversation: Conversation, message_id: uuid.UUID) -> None:
    """Ask whoever writes a reply to end it.

    Raises:
        NotFound: there is no such reply in this conversation.
    """
    replies = Message.objects.filter(conversation=conversation, role=Message.Role.ASSISTANT, pk=message_id)
    if not replies.exists():
        raise NotFound
    replies.unfinished().update(stop_requested=True)


def silence(conversation: Conversation) -> None:
    """Have every reply of a conversation ended: one that nobody has begun at once, one being written by its writer."""
    unfinished = Message.objects.unfinished().filter(conversation=conversation)
    unfinished.filter(status=Status.WAITING).update(status=Status.STOPPED, finished_at=timezone.now())
    unfinished.update(stop_requested=True)


def rate(conversation: Conversation, message_id: uuid.UUID, rating: str, comment: str = "") -> Message:
    """Note what a customer thinks of an answer. An empty rating takes it back.

    Raises:
        NotFound: there is no such answer in this conversation.
    """
    answers = Message.objects.filter(conversation=conversation, pk=message_id).exclude(role=Message.Role.CUSTOMER)
    if not answers.update(rating=rating, rating_comment=comment):
        raise NotFound
    rated = answers.get()
    if rating == "dislike":
        doubt(rated)
    return rated


def doubt(answer: Message) -> None:
    """Hold a customer's displeasure against the cached answer that was served, if it was one."""
    entry = (answer.receipt or {}).get("cache_entry")
    if entry:
        verdicts.verdict(uuid.UUID(entry), "wrong", source=Verdict.Source.CUSTOMER, message_id=answer.pk)


def doubt_latest(conversation: Conversation) -> None:
    """Who asks for a person right after an answer from the cache did not find in it what was needed."""
    said = Message.objects.filter(conversation=conversation, role=Message.Role.ASSISTANT).newest(2)
    served = [answer for answer in said if (answer.receipt or {}).get("cache_entry")]
    if served:
        doubt(served[-1])


def question_of(reply: Message) -> Question:
    """The question a reply answers, with everything said before it since the context was last cut."""
    message = reply.in_reply_to
    conversation = message.conversation
    since = Message.objects.said().before(message).after(conversation.context_from_seq)
    history = since.exclude(text="").newest(50)
    parts = bursts.begun_with(history, message)
    return Question(
        text=" ".join(part.text.strip() for part in [*parts, message]),
        message=message,
        conversation=conversation,
        workspace=conversation.workspace,
        contact=conversation.contact,
        history=tuple(history[: len(history) - len(parts)]),
        audience="customers" if conversation.contact.verified else "public",
        terms=catalogue.products(conversation.workspace_id),
    )


def next_waiting(conversation_id: uuid.UUID) -> uuid.UUID | None:
    """The first reply of a conversation that nobody has begun."""
    waiting = Message.objects.filter(conversation=conversation_id, status=Status.WAITING).order_by("seq")
    return waiting.values_list("pk", flat=True).first()


aaccept = database_sync_to_async(accept, thread_sensitive=False)
aclaim = database_sync_to_async(claim, thread_sensitive=False)
arenew = database_sync_to_async(renew, thread_sensitive=False)
arelease = database_sync_to_async(release, thread_sensitive=False)
aclose = database_sync_to_async(close, thread_sensitive=False)
agive_up = database_sync_to_async(give_up, thread_sensitive=False)
aask_to_stop = database_sync_to_async(ask_to_stop, thread_sensitive=False)
aquestion_of = database_sync_to_async(question_of, thread_sensitive=False)
anext_waiting = database_sync_to_async(next_waiting, thread_sensitive=False)
