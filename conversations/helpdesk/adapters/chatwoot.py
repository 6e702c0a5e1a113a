"""Chatwoot: an AgentBot that answers pending conversations and opens them for a person.

Options: `account_id`. The token is the bot's access token, the secret the webhook's.
"""

from collections.abc import Mapping
from typing import Any

from conversations.helpdesk.events import (
    Actor,
    HelpdeskEvent,
    digest,
    named_by,
    names_of,
    require_fresh,
    require_same,
    text_at,
    their_id,
    value_at,
)
from conversations.helpdesk.http import ask, call
from conversations.helpdesk.mail.auto_replies import is_automatic
from conversations.helpdesk.mail.text import customer_text
from conversations.helpdesk.models import Connection, Thread


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """Check the webhook's signature.

    Raises:
        SignatureInvalid
    """
    timestamp = headers.get("X-Chatwoot-Timestamp", "")
    require_fresh(timestamp)
    wanted = "sha256=" + digest(connection.secret, f"{timestamp}.".encode() + body).hexdigest()
    require_same(headers.get("X-Chatwoot-Signature", ""), wanted)


def delivery_id(headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    return named_by(body)


def read(connection: Connection, payload: Any) -> list[HelpdeskEvent]:
    event = text_at(payload, "event")
    if event == "message_created":
        return _message(payload)
    if event in ("conversation_opened", "conversation_resolved"):
        who = Actor.RESOLVED if event == "conversation_resolved" else Actor.TAKEN
        return [HelpdeskEvent(who, text_at(payload, "id"))]
    return []


def _message(payload: Any) -> list[HelpdeskEvent]:
    thread, kind = text_at(payload, "conversation", "id"), text_at(payload, "message_type")
    if not thread or payload.get("private"):
        return []
    files = names_of(payload.get("attachments"), "file_name", "fallback_title", "file_type")
    message = {"thread_id": thread, "message_id": text_at(payload, "id"), "files": files}
    if kind == "incoming":
        return _incoming(payload, message)
    # The bot's own messages have the sender agent_bot; messages without a sender come from a paired phone.
    if kind == "outgoing" and text_at(payload, "sender", "type") == "user":
        return [HelpdeskEvent(Actor.PERSON, **message, text=text_at(payload, "content"))]
    return []


def _is_verified(conversation: Any) -> bool:
    """Return whether the shop signed the visitor's identity (`identifier_hash`) and Chatwoot verified it."""
    inbox = conversation.get("contact_inbox")
    return isinstance(inbox, dict) and inbox.get("hmac_verified") is True


def _incoming(payload: Any, message: dict[str, Any]) -> list[HelpdeskEvent]:
    if text_at(payload, "conversation", "status") != "pending":
        return [HelpdeskEvent(Actor.TAKEN, message["thread_id"])]
    sender, mail = payload.get("sender"), value_at(payload, "content_attributes", "email")
    if _is_automatic(sender, mail):
        return []
    contact = {"external_id": their_id("chatwoot", text_at(sender, "id")), "name": text_at(sender, "name")}
    text = customer_text(text_at(mail, "text_content", "reply") or text_at(payload, "content"))
    contact["email"] = text_at(sender, "email")
    verified = _is_verified(payload["conversation"])
    return [HelpdeskEvent(Actor.CUSTOMER, **message, text=text, contact=contact, verified=verified)]


def _is_automatic(sender: Any, mail: Any) -> bool:
    """Recognise automatic mail by Chatwoot's `auto_reply` and the sender, because Chatwoot forwards few headers."""
    if value_at(mail, "auto_reply") is True:
        return True
    headers, senders = value_at(mail, "headers"), value_at(mail, "from")
    first = str(senders[0]) if isinstance(senders, list) and senders else text_at(mail, "from")
    return is_automatic(headers, first or text_at(sender, "email"), text_at(mail, "subject"))


def say(connection: Connection, thread: Thread, text: str) -> None:
    body = {"content": text, "message_type": "outgoing", "private": False}
    _call(connection, thread, "messages", body)


def hand_over(connection: Connection, thread: Thread) -> None:
    _call(connection, thread, "toggle_status", {"status": "open"})


def resolve(connection: Connection, thread: Thread) -> None:
    _call(connection, thread, "toggle_status", {"status": "resolved"})


def check(connection: Connection) -> None:
    """Request a conversation that does not exist: Chatwoot rejects a wrong token before that."""
    address = f"/api/v1/accounts/{text_at(connection.options, 'account_id')}/conversations/0/messages"
    ask(connection, address, {"api_access_token": connection.token}, or_status=404)


def _call(connection: Connection, thread: Thread, action: str, body: dict[str, Any]) -> None:
    account = text_at(connection.options, "account_id")
    address = f"/api/v1/accounts/{account}/conversations/{thread.external_id}/{action}"
    call(connection, "POST", address, body, {"api_access_token": connection.token})
