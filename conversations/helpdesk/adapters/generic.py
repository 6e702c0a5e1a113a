"""Any other tool: signed webhooks in both directions, by Standard Webhooks.

In: `message.created` with {conversation, message: {id, text, author: customer | person, files?}, contact?:
{external_id, name, email, verified}}, and `conversation.taken` or `conversation.resolved` with {conversation}. A
message that is a mail may also have `html`, `subject` and `headers`. Out, to the base URL: `reply.created`,
`handoff.requested`, `conversation.resolved`.
"""

import binascii
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from assistant import safe_json
from conversations.helpdesk.events import Actor, HelpdeskEvent, SignatureInvalid, names_of, text_at, value_at
from conversations.helpdesk.http import send
from conversations.helpdesk.mail import html as mail_html
from conversations.helpdesk.mail.auto_replies import is_automatic
from conversations.helpdesk.mail.text import customer_text
from conversations.helpdesk.models import Connection, Thread

EVENTS = {"conversation.taken": Actor.TAKEN, "conversation.resolved": Actor.RESOLVED}
AUTHORS = {"customer": Actor.CUSTOMER, "person": Actor.PERSON}


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """Check the webhook's signature.

    Raises:
        SignatureInvalid
    """
    try:
        Webhook(connection.secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, binascii.Error, ValueError) as error:
        raise SignatureInvalid from error


def delivery_id(headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    return headers.get("webhook-id", "")


def read(connection: Connection, payload: Any) -> list[HelpdeskEvent]:
    kind, thread = text_at(payload, "type"), text_at(payload, "data", "conversation")
    if not thread:
        return []
    if kind in EVENTS:
        return [HelpdeskEvent(EVENTS[kind], thread)]
    message = payload["data"].get("message")
    who = AUTHORS.get(text_at(message, "author") or "customer")
    if kind != "message.created" or who is None:
        return []
    contact = {name: text_at(payload, "data", "contact", name) for name in ("external_id", "name", "email")}
    customer = payload["data"].get("contact")
    verified = bool(contact["external_id"]) and isinstance(customer, dict) and customer.get("verified") is True
    text, html = text_at(message, "text"), text_at(message, "html")
    if who is Actor.CUSTOMER:
        if is_automatic(value_at(message, "headers"), contact["email"], text_at(message, "subject")):
            return []
        text = customer_text(text, html)
    else:
        text = text or mail_html.text_of(html)
    files = names_of(value_at(message, "files"), "name")
    return [HelpdeskEvent(who, thread, text_at(message, "id"), text, contact, verified, files)]


def say(connection: Connection, thread: Thread, text: str) -> None:
    _post_event(connection, thread, "reply.created", text=text)


def hand_over(connection: Connection, thread: Thread) -> None:
    _post_event(connection, thread, "handoff.requested", reason=thread.conversation.status_reason)


def resolve(connection: Connection, thread: Thread) -> None:
    _post_event(connection, thread, "conversation.resolved")


def check(connection: Connection) -> None:
    _post(connection, f"msg_{uuid.uuid4().hex}", "connection.test", {})


def _post_event(connection: Connection, thread: Thread, kind: str, **data: str) -> None:
    message_id = f"msg_{thread.pk}_{thread.told_seq}_{kind}"
    _post(connection, message_id, kind, {"conversation": thread.external_id, **data})


def _post(connection: Connection, message_id: str, kind: str, data: dict[str, str]) -> None:
    now = datetime.now(UTC)
    body = safe_json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data})
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(connection.secret).sign(message_id, now, body.decode()),
    }
    send("POST", connection.base_url, body, headers)
