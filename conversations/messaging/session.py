"""Find a visitor's current conversation, and the state a client gets when it connects."""

import uuid
from typing import Any

from channels.db import database_sync_to_async

from assistant.errors import NotFound
from assistant.workspaces.models import DEFAULT_NOTICE
from conversations.canned_responses import phrase
from conversations.events import stream
from conversations.events.stream import Place
from conversations.identity import rate_limits
from conversations.identity.visitors import Visitor
from conversations.models import Conversation, Message

SHOWN_MAX = 200


def enter(visitor: Visitor, conversation_id: uuid.UUID | None, locale: str | None = None) -> Conversation:
    """Return the conversation to continue: the named one, an empty one, or a new one. Set its `locale` if given.

    Raises:
        NotFound: the conversation does not exist or belongs to another visitor.
        RateLimited: over NEW_CONVERSATIONS_PER_VISITOR_HOUR.
    """
    conversation = _entered(visitor, conversation_id, locale)
    if locale and conversation.locale != locale:
        conversation.locale = locale
        conversation.save(update_fields=["locale"])
    return conversation


def _entered(visitor: Visitor, conversation_id: uuid.UUID | None, locale: str | None) -> Conversation:
    contact, widget = visitor.contact, visitor.widget
    own = Conversation.objects.filter(contact=contact).select_related("workspace", "contact")
    if conversation_id:
        named = own.filter(pk=conversation_id).first()
        if named is None:
            raise NotFound
        return named
    if begun := own.filter(widget=widget, last_seq=0).first():
        return begun
    rate_limits.hit("conversation", contact.pk)
    new = Conversation(workspace=widget.workspace, widget=widget, contact=contact, locale=locale or widget.locale)
    new.insert()
    return new


def seen(conversation: Conversation) -> list[Message]:
    """Return every message visible to the customer, unfinished ones with the text saved so far."""
    messages = Message.objects.filter(conversation=conversation).exclude(role=Message.Role.NOTE)
    shown = messages.exclude(status=Message.Status.FAILED).exclude(status=Message.Status.STOPPED, text="")
    return shown.select_related("author").newest(SHOWN_MAX)


def _now(conversation: Conversation) -> list[Message]:
    status = Conversation.objects.filter(pk=conversation.pk).values_list("status", "status_reason").first()
    if status is None:
        raise NotFound
    conversation.status, conversation.status_reason = status
    return seen(conversation)


async def snapshot(conversation: Conversation) -> tuple[Place, list[dict[str, Any]]]:
    """Re-read a conversation; return its messages, and the position from which its events complete them.

    A reply in progress has an empty text if its deltas can be replayed from the first.
    """
    place = await stream.place(conversation.pk)
    shown = [message.as_json() for message in await _anow(conversation)]
    for message in shown:
        if message["status"] == Message.Status.WRITING:
            begun = await stream.find(conversation.pk, type="reply.started", message_id=message["id"])
            if begun and begun["seq"] <= place.seq:
                message["text"] = ""
                place = Place(place.epoch, begun["seq"] - 1)
    return place, shown


def ready(visitor: Visitor, conversation: Conversation, place: Place, messages: list[Any] | None) -> dict[str, Any]:
    """Return the `session.ready` event; without `messages` if the client's own list is current.

    Its `seq` is the position from which events follow.
    """
    event = {
        "type": "session.ready",
        "session": visitor.token,
        "conversation": str(conversation.pk),
        "epoch": place.epoch,
        "seq": place.seq,
        "status": conversation.status,
        "reason": conversation.status_reason,
        "verified": visitor.contact.verified,
        "assistant": {
            "name": conversation.workspace.assistant_name,
            "is_ai": True,
            "notice": notice_of(conversation),
        },
    }
    return event if messages is None else {**event, "messages": messages}


def notice_of(conversation: Conversation) -> str:
    """Return the shop's notice, or the default in the conversation's language."""
    own = conversation.workspace.notice
    return phrase("notice", conversation.locale) if own == DEFAULT_NOTICE else own


def refreshed(conversation: Conversation) -> Conversation:
    """Re-read a conversation with its workspace: a socket may be open for hours before its first message."""
    if conversation._state.adding:
        conversation.workspace.refresh_from_db()
        return conversation
    rows = Conversation.objects.select_related("workspace", "contact", "widget")
    return rows.filter(pk=conversation.pk).first() or conversation


aenter = database_sync_to_async(enter, thread_sensitive=False)
arefreshed = database_sync_to_async(refreshed, thread_sensitive=False)
_anow = database_sync_to_async(_now, thread_sensitive=False)
