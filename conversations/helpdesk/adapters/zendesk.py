"""Zendesk Sunshine Conversations: replies while it has control of the switchboard, and passes control to people.

Options: `app_id`, `integration` (the name or id of our switchboard integration), `next_integration` (default
"zd:agentWorkspace"). The token is `key id:secret` of an API key; the secret is the webhook's, which Sunshine sends as
X-API-Key and Zendesk's own webhooks sign with.
"""

import base64
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
from conversations.helpdesk.mail.text import customer_text
from conversations.helpdesk.models import Connection, Thread

PEOPLE = "zd:agentWorkspace"


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """Check the webhook's signature or key.

    Raises:
        SignatureInvalid
    """
    signature = headers.get("X-Zendesk-Webhook-Signature", "")
    if not signature:
        require_same(headers.get("X-API-Key", ""), connection.secret)
        return
    timestamp = headers.get("X-Zendesk-Webhook-Signature-Timestamp", "")
    require_fresh(timestamp)
    wanted = base64.b64encode(digest(connection.secret, timestamp.encode() + body).digest()).decode()
    require_same(signature, wanted)


def delivery_id(headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    """Return the id of the batch; its events are distinguished by the ids of their messages."""
    return named_by(body)


def read(connection: Connection, payload: Any) -> list[HelpdeskEvent]:
    return [parsed for event in _events(payload) if (parsed := _event(connection, event))]


def _events(payload: Any) -> list[Any]:
    events = payload.get("events") if isinstance(payload, dict) else None
    return events if isinstance(events, list) else []


def _event(connection: Connection, event: Any) -> HelpdeskEvent | None:
    thread = text_at(event, "payload", "conversation", "id")
    if text_at(event, "type") != "conversation:message" or not thread:
        return None
    message = event["payload"].get("message")
    fields = {
        "thread_id": thread,
        "message_id": text_at(message, "id") or text_at(event, "id"),
        "files": _files(value_at(message, "content")),
    }
    text = text_at(message, "content", "text")
    author = text_at(message, "author", "type")
    if author == "user":
        if not _is_ours(connection, event["payload"]["conversation"]):
            return HelpdeskEvent(Actor.TAKEN, thread)
        name = text_at(message, "author", "displayName")
        who = their_id("zendesk", text_at(message, "author", "userId"))
        contact = {"external_id": who, "name": name, "email": ""}
        return HelpdeskEvent(Actor.CUSTOMER, **fields, text=customer_text(text), contact=contact)
    if author == "business" and text_at(message, "source", "type").startswith("zd:"):
        return HelpdeskEvent(Actor.PERSON, **fields, text=text)
    return None


def _files(content: Any) -> tuple[str, ...]:
    """Return the file of a message: a Sunshine message is a text, or one file with or without a text."""
    if text_at(content, "type") in ("", "text", "formResponse"):
        return ()
    return names_of([content], "fileName", "altText", "type")


def _is_ours(connection: Connection, conversation: Any) -> bool:
    ours, active = text_at(connection.options, "integration"), conversation.get("activeSwitchboardIntegration")
    return not ours or not active or ours in (text_at(active, "name"), text_at(active, "id"))


def say(connection: Connection, thread: Thread, text: str) -> None:
    _call(connection, thread, "messages", {"author": {"type": "business"}, "content": {"type": "text", "text": text}})


def hand_over(connection: Connection, thread: Thread) -> None:
    """Pass control to the people. Without `first_message_id` they would see only the last ten messages."""
    body: dict[str, Any] = {"switchboardIntegration": text_at(connection.options, "next_integration") or PEOPLE}
    if thread.first_message_id:
        body["metadata"] = {"first_message_id": thread.first_message_id}
    _call(connection, thread, "passControl", body)


def resolve(connection: Connection, thread: Thread) -> None:
    _call(connection, thread, "releaseControl", {})


def check(connection: Connection) -> None:
    ask(connection, f"/v2/apps/{text_at(connection.options, 'app_id')}", _headers(connection))


def _call(connection: Connection, thread: Thread, action: str, body: dict[str, Any]) -> None:
    address = f"/v2/apps/{text_at(connection.options, 'app_id')}/conversations/{thread.external_id}/{action}"
    call(connection, "POST", address, body, _headers(connection))


def _headers(connection: Connection) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(connection.token.encode()).decode()}
