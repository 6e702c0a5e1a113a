"""Chatwoot: an AgentBot that answers pending conversations and opens them for a person.

Options: `account_id`. The token is the bot's access token, the secret the webhook's.
"""

from collections.abc import Mapping
from typing import Any

from conversations.helpdesk.calling import ask, call
from conversations.helpdesk.heard import Heard, Who, digest, require_fresh, require_same, text_at
from conversations.helpdesk.models import Connection, Thread

DELIVERY = "X-Chatwoot-Delivery"


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """
    Raises:
        SignatureInvalid
    """
    timestamp = headers.get("X-Chatwoot-Timestamp", "")
    require_fresh(timestamp)
    wanted = "sha256=" + digest(connection.secret, f"{timestamp}.".encode() + body).hexdigest()
    require_same(headers.get("X-Chatwoot-Signature", ""), wanted)


def delivery_id(headers: Mapping[str, str], payload: Any) -> str:
    return headers.get(DELIVERY) or f"{text_at(payload, 'event')}:{text_at(payload, 'id')}"


def read(connection: Connection, payload: Any) -> list[Heard]:
    event = text_at(payload, "event")
    if event == "message_created":
        return _message(payload)
    if event in ("conversation_opened", "conversation_resolved"):
        who = Who.RESOLVED if event == "conversation_resolved" else Who.TAKEN
        return [Heard(who, text_at(payload, "id"))]
    return []


def _message(payload: Any) -> list[Heard]:
    thread, kind = text_at(payload, "conversation", "id"), text_at(payload, "message_type")
    if not thread or payload.get("private"):
        return []
    said = {"thread_id": thread, "message_id": text_at(payload, "id"), "text": text_at(payload, "content")}
    if kind == "incoming":
        if text_at(payload, "conversation", "status") != "pending":
            return [Heard(Who.TAKEN, thread)]
        sender = payload.get("sender")
        contact = {"external_id": f"chatwoot:{text_at(sender, 'id')}", "name": text_at(sender, "name")}
        contact["email"] = text_at(sender, "email")
        return [Heard(Who.CUSTOMER, **said, contact=contact, verified=_is_verified(payload["conversation"]))]
    # A bot's own messages come back with the sender agent_bot; without a sender, they are from a paired phone.
    if kind == "outgoing" and text_at(payload, "sender", "type") == "user":
        return [Heard(Who.PERSON, **said)]
    return []


def _is_verified(conversation: Any) -> bool:
    """Whether the shop's page signed for the visitor (`identifier_hash`), and Chatwoot found the signature right."""
    inbox = conversation.get("contact_inbox")
    return isinstance(inbox, dict) and inbox.get("hmac_verified") is True


def say(connection: Connection, thread: Thread, text: str) -> None:
    body = {"content": text, "message_type": "outgoing", "private": False}
    _call(connection, thread, "messages", body)


def hand_over(connection: Connection, thread: Thread) -> None:
    _call(connection, thread, "toggle_status", {"status": "open"})


def resolve(connection: Connection, thread: Thread) -> None:
    _call(connection, thread, "toggle_status", {"status": "resolved"})


def check(connection: Connection) -> None:
    """Ask for a conversation that is not there: a token that is refused is told before that."""
    address = f"/api/v1/accounts/{text_at(connection.options, 'account_id')}/conversations/0/messages"
    ask(connection, address, {"api_access_token": connection.token}, or_status=404)


def _call(connection: Connection, thread: Thread, action: str, body: dict[str, Any]) -> None:
    account = text_at(connection.options, "account_id")
    address = f"/api/v1/accounts/{account}/conversations/{thread.external_id}/{action}"
    call(connection, "POST", address, body, {"api_access_token": connection.token})
