"""Zammad: replies to a customer's article of a ticket with an article.

Options: `group` (of the people who take over), `article_type` (default "web"). The token is an access token of the
agent that the assistant writes as, the secret is the webhook's.
"""

from collections.abc import Mapping
from typing import Any

from conversations.helpdesk.events import (
    Actor,
    HelpdeskEvent,
    digest,
    named_by,
    names_of,
    require_same,
    text_at,
    their_id,
    value_at,
)
from conversations.helpdesk.http import ask, call
from conversations.helpdesk.mail import html
from conversations.helpdesk.mail.auto_replies import is_automatic
from conversations.helpdesk.mail.text import customer_text
from conversations.helpdesk.models import Connection, Thread


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """Check the webhook's signature.

    Raises:
        SignatureInvalid
    """
    wanted = "sha1=" + digest(connection.secret, body, "sha1").hexdigest()
    signature = headers.get("X-Hub-Signature", "")
    require_same(signature if signature.startswith("sha1=") or not signature else f"sha1={signature}", wanted)


def delivery_id(headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    return named_by(body)


def read(connection: Connection, payload: Any) -> list[HelpdeskEvent]:
    ticket = text_at(payload, "ticket", "id")
    if not ticket:
        return []
    event = _article(payload, ticket)
    is_closed = text_at(payload, "ticket", "state") in ("closed", "merged")
    return event or ([HelpdeskEvent(Actor.RESOLVED, ticket)] if is_closed else [])


def _article(payload: Any, ticket: str) -> list[HelpdeskEvent]:
    article = payload.get("article")
    if not isinstance(article, dict) or article.get("internal"):
        return []
    message = {
        "thread_id": ticket,
        "message_id": text_at(article, "id"),
        "files": names_of(article.get("attachments"), "filename"),
    }
    sender, body, is_html = text_at(article, "sender"), text_at(article, "body"), _is_html(article)
    if sender == "Agent":
        return [HelpdeskEvent(Actor.PERSON, **message, text=html.text_of(body) if is_html else body)]
    if sender != "Customer" or _is_automatic(article):
        return []
    text = customer_text("", body) if is_html else customer_text(body)
    return [
        HelpdeskEvent(
            Actor.CUSTOMER, **message, text=text, contact=_contact(payload["ticket"].get("customer"), article)
        )
    ]


def _is_html(article: Any) -> bool:
    return text_at(article, "content_type") != "text/plain"


def _is_automatic(article: Any) -> bool:
    if value_at(article, "preferences", "is-auto-response") is True:
        return True
    return is_automatic(sender=text_at(article, "from"), subject=text_at(article, "subject"))


def _contact(customer: Any, article: Any) -> dict[str, str]:
    name = f"{text_at(customer, 'firstname')} {text_at(customer, 'lastname')}".strip()
    email = text_at(customer, "email") or text_at(article, "from")
    return {"external_id": their_id("zammad", text_at(customer, "id") or email), "name": name, "email": email}


def say(connection: Connection, thread: Thread, text: str) -> None:
    body = {"ticket_id": _number(thread), "body": text, "content_type": "text/plain", "internal": False}
    kind = text_at(connection.options, "article_type") or "web"
    call(connection, "POST", "/api/v1/ticket_articles", body | {"type": kind, "sender": "Agent"}, _headers(connection))


def hand_over(connection: Connection, thread: Thread) -> None:
    group = text_at(connection.options, "group")
    _change(connection, thread, {"state": "open"} | ({"group": group} if group else {}))


def resolve(connection: Connection, thread: Thread) -> None:
    _change(connection, thread, {"state": "closed"})


def check(connection: Connection) -> None:
    ask(connection, "/api/v1/users/me", _headers(connection))


def _change(connection: Connection, thread: Thread, fields: dict[str, Any]) -> None:
    call(connection, "PUT", f"/api/v1/tickets/{_number(thread)}", fields, _headers(connection))


def _number(thread: Thread) -> int:
    return int(thread.external_id)


def _headers(connection: Connection) -> dict[str, str]:
    return {"authorization": f"Token token={connection.token}"}
