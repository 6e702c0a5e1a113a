"""Zammad: answers a customer's article of a ticket with one of its own.

Options: `group` (of the people who take over), `article_type` ("web" where it is left out).
The token is an access token of the agent that the assistant writes as, the secret the webhook's.
"""

import html
from collections.abc import Mapping
from typing import Any

import nh3

from conversations.helpdesk.calling import ask, call
from conversations.helpdesk.heard import Heard, Who, digest, require_same, text_at
from conversations.helpdesk.models import Connection, Thread

BREAKS = ("<br>", "<br/>", "<br />", "</p>", "</div>", "</li>")


def verify(connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
    """
    Raises:
        SignatureInvalid
    """
    wanted = "sha1=" + digest(connection.secret, body, "sha1").hexdigest()
    given = headers.get("X-Hub-Signature", "")
    require_same(given if given.startswith("sha1=") or not given else f"sha1={given}", wanted)


def delivery_id(headers: Mapping[str, str], payload: Any) -> str:
    return headers.get("X-Zammad-Delivery") or f"article:{text_at(payload, 'article', 'id')}"


def read(connection: Connection, payload: Any) -> list[Heard]:
    ticket = text_at(payload, "ticket", "id")
    if not ticket:
        return []
    heard = _article(payload, ticket)
    is_closed = text_at(payload, "ticket", "state") in ("closed", "merged")
    return heard or ([Heard(Who.RESOLVED, ticket)] if is_closed else [])


def _article(payload: Any, ticket: str) -> list[Heard]:
    article = payload.get("article")
    if not isinstance(article, dict) or article.get("internal"):
        return []
    said = {"thread_id": ticket, "message_id": text_at(article, "id"), "text": plain(text_at(article, "body"))}
    sender = text_at(article, "sender")
    if sender == "Agent":
        return [Heard(Who.PERSON, **said)]
    if sender != "Customer":
        return []
    customer = payload["ticket"].get("customer")
    name = f"{text_at(customer, 'firstname')} {text_at(customer, 'lastname')}".strip()
    email = text_at(customer, "email") or text_at(article, "from")
    contact = {"external_id": f"zammad:{text_at(customer, 'id') or email}", "name": name, "email": email}
    return [Heard(Who.CUSTOMER, **said, contact=contact)]


def plain(body: str) -> str:
    """The text of an article's HTML."""
    for tag in BREAKS:
        body = body.replace(tag, f"{tag}\n")
    return html.unescape(nh3.clean(body, tags=set())).strip()


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
