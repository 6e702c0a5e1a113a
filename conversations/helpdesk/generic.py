"""Any other tool: signed webhooks both ways, by Standard Webhooks.

In: `message.created` with {conversation, message: {id, text, author: customer | person}, contact?: {external_id,
name, email, verified}}, and `conversation.taken` or `conversation.resolved` with {conversation}. Out, to the base URL:
`reply.created`, `handoff.requested`, `conversation.resolved`.
"""

import binascii
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from conversations.helpdesk.calling import send
from conversations.helpdesk.heard import Heard, SignatureInvalid, Who, text_at
from conversations.helpdesk.models import Connection, Thread

EVENTS = {"conversation.taken": Who.TAKEN, "conversation.resolved": Who.RESOLVED}
AUTHORS = {"customer": Who.CUSTOMER, "person": Who.PERSON}


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """
    Raises:
        SignatureInvalid
    """
    try:
        Webhook(connection.secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, binascii.Error, ValueError) as error:
        raise SignatureInvalid from error


def delivery_id(headers: Mapping[str, str], payload: Any) -> str:
    return headers.get("webhook-id", "")


def read(connection: Connection, payload: Any) -> list[Heard]:
    kind, thread = text_at(payload, "type"), text_at(payload, "data", "conversation")
    if not thread:
        return []
    if kind in EVENTS:
        return [Heard(EVENTS[kind], thread)]
    message = payload["data"].get("message")
    who = AUTHORS.get(text_at(message, "author") or "customer")
    if kind != "message.created" or who is None:
        return []
    contact = {name: text_at(payload, "data", "contact", name) for name in ("external_id", "name", "email")}
    told = payload["data"].get("contact")
    verified = bool(contact["external_id"]) and isinstance(told, dict) and told.get("verified") is True
    return [Heard(who, thread, text_at(message, "id"), text_at(message, "text"), contact, verified)]


def say(connection: Connection, thread: Thread, text: str) -> None:
    _tell(connection, thread, "reply.created", text=text)


def hand_over(connection: Connection, thread: Thread) -> None:
    _tell(connection, thread, "handoff.requested")


def resolve(connection: Connection, thread: Thread) -> None:
    _tell(connection, thread, "conversation.resolved")


def check(connection: Connection) -> None:
    _post(connection, f"msg_{uuid.uuid4().hex}", "connection.test", {})


def _tell(connection: Connection, thread: Thread, kind: str, **data: str) -> None:
    message_id = f"msg_{thread.pk}_{thread.told_seq}_{kind}"
    _post(connection, message_id, kind, {"conversation": thread.external_id, **data})


def _post(connection: Connection, message_id: str, kind: str, data: dict[str, str]) -> None:
    now = datetime.now(UTC)
    body = orjson.dumps({"type": kind, "timestamp": now.isoformat(), "data": data})
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(connection.secret).sign(message_id, now, body.decode()),
    }
    send("POST", connection.base_url, body, headers)
