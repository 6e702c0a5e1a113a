"""Treat messages in quick succession as one question: "hi", "my order", "is late"."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from conversations.models import Conversation, Message
from language.greetings import is_greeting

FRAGMENT_WORDS = 3
PARTS_MAX = 20  # of one question, that are judged together
ENDS = (".", "!", "?", "…", "。", "\uff1f", "\uff01", "؟")


def wait_s(conversation: Conversation, text: str) -> float:
    """Return the seconds to wait for more messages before answering; 0 if the message looks complete."""
    if conversation.channel != Conversation.Channel.WIDGET or not looks_unfinished(text):
        return 0.0
    return settings.MESSAGE_COALESCING_S


def looks_unfinished(text: str) -> bool:
    """Return whether this is only a greeting, or a few words without punctuation at the end."""
    few = 0 < len(text.split()) <= FRAGMENT_WORDS
    return is_greeting(text) or (few and not text.rstrip().endswith(ENDS))


def open_reply(conversation: Conversation) -> Message | None:
    """Return the unfinished reply to a message of the last MESSAGE_COALESCING_S, which the next message joins.

    A reply that has used up all but one of its attempts is not joined.
    """
    since = timezone.now() - timedelta(seconds=settings.MESSAGE_COALESCING_S)
    if conversation.channel != Conversation.Channel.WIDGET or conversation.updated_at <= since:
        return None
    newest = Message.objects.unfinished().filter(conversation=conversation, seq=conversation.last_seq)
    return newest.filter(in_reply_to__created_at__gt=since, attempt__lt=settings.REPLY_MAX_ATTEMPTS - 1).first()


def make_room(reply: Message) -> bool:
    """Move an open reply behind the next message and revoke its lease. Return False if it has finished."""
    still_open = Message.objects.unfinished().filter(pk=reply.pk)
    waiting = {"status": Message.Status.WAITING, "leased_until": None, "owner": "", "text": ""}
    return still_open.update(seq=reply.seq + 1, stop_requested=False, **waiting) == 1


def with_begun(conversation: Conversation, text: str) -> str:
    """Return the question that the customer's next message becomes, with the messages before it that belong to it."""
    if conversation.last_seq == 0:
        return text
    said = Message.objects.for_assistant().filter(conversation=conversation).exclude(status__in=Message.UNFINISHED)
    newest = said.after(conversation.context_from_seq).exclude(text="", attachments=[]).newest(PARTS_MAX)
    parts = begun_with(newest, Message(created_at=timezone.now()))
    return " ".join([*(part.text.strip() for part in parts if part.text != text), text])


def begun_with(history: Sequence[Message], message: Message) -> list[Message]:
    """Return the messages just before this one that belong to the same question, oldest first."""
    parts: list[Message] = []
    breath = timedelta(seconds=2 * settings.MESSAGE_COALESCING_S)
    for before in reversed(history):
        if before.role != Message.Role.CUSTOMER or (parts or [message])[0].created_at - before.created_at > breath:
            break
        parts.insert(0, before)
    return parts
