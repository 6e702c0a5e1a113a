"""Session tokens of visitors: signed, for one contact at one widget, until the session ends."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db.models.functions import Now

from assistant.workspaces.models import Widget
from conversations.models import Contact

SALT = "visitor-session"


class SessionUnknown(Exception):
    """An invalid or expired token, or one whose widget is disabled or whose session was ended."""


def give(widget: Widget, contact: Contact) -> str:
    claims = {"widget": str(widget.id), "contact": str(contact.id), "after": _mark(contact.sessions_ended_at)}
    return signing.dumps(claims, salt=SALT)


def read(token: str) -> tuple[uuid.UUID, Contact]:
    """Return the widget and the contact, with its workspace, of a session that is still open.

    Raises:
        SessionUnknown
    """
    try:
        claims = signing.loads(token, salt=SALT, max_age=settings.SESSION_TTL_S)
    except (signing.BadSignature, ValueError) as error:
        raise SessionUnknown from error
    widget_id = uuid.UUID(claims["widget"])
    open_at = {"workspace__widgets__pk": widget_id, "workspace__widgets__enabled": True}
    contact = Contact.objects.select_related("workspace").filter(pk=uuid.UUID(claims["contact"]), **open_at).first()
    if contact is None or claims.get("after", "") != _mark(contact.sessions_ended_at):
        raise SessionUnknown
    return widget_id, contact


def end_all(contact: Contact) -> None:
    """End every session of a contact: its tokens become invalid, and its sockets close within seconds."""
    Contact.objects.filter(pk=contact.pk).update(sessions_ended_at=Now())


def _mark(ended_at: datetime | None) -> str:
    """Return the time of the last ending as stored in a token: an older token has another value."""
    return ended_at.isoformat() if ended_at else ""
