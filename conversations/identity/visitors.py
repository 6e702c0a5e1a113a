"""Identify the caller: a visitor of a widget, anonymous or signed, or the owner of an API key."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from assistant.errors import IdentityInvalid, OriginRefused, ServiceError
from assistant.workspaces.models import Widget
from conversations.identity import rate_limits, session_tokens, signed_identity
from conversations.models import Contact

ORIGINS_TTL_S = 5.0


class WidgetUnknown(ServiceError):
    code = "widget_unknown"
    http_status = 404
    sentence = "There is no widget with this key."
    close_code = 4404


class KeyRefused(ServiceError):
    code = "api_key_invalid"
    http_status = 401
    sentence = "The API key is missing, wrong, expired or revoked."


@dataclass(frozen=True, slots=True)
class Visitor:
    """A contact at a widget, with the token for its next visit."""

    widget: Widget
    contact: Contact
    token: str
    expires_at: datetime


def visit(
    public_key: str, origin: str | None, identity: dict[str, Any] | None, token: str | None, ip: str | None = None
) -> Visitor:
    """Identify a widget's visitor. Without identity and token it is a new anonymous one, limited per address.

    A signed identity takes precedence over the token.

    Raises:
        WidgetUnknown, OriginRefused, IdentityInvalid, RateLimited.
    """
    widget = Widget.objects.select_related("workspace").filter(public_key=public_key, enabled=True).first()
    if widget is None:
        raise WidgetUnknown
    if origin is not None and origin not in widget.origins:
        raise OriginRefused
    if identity:
        contact = _verified_contact(widget, identity)
    elif token:
        contact = _contact_of(widget, token)
    else:
        rate_limits.hit("session", ip=ip)
        contact = Contact.objects.create(workspace=widget.workspace)
    rate_limits.hit("session", contact.pk)
    expires_at = timezone.now() + timedelta(seconds=settings.SESSION_TTL_S)
    return Visitor(widget, contact, session_tokens.give(widget, contact), expires_at)


def _contact_of(widget: Widget, token: str) -> Contact:
    try:
        widget_id, contact = session_tokens.read(token)
    except session_tokens.SessionUnknown as error:
        raise IdentityInvalid from error
    if widget_id != widget.pk:
        raise IdentityInvalid
    return contact


def _verified_contact(widget: Widget, identity: dict[str, Any]) -> Contact:
    """Return the contact signed by the shop. Unsigned attributes fill gaps, but never change known values."""
    person = signed_identity.read(widget, identity)
    who = {"workspace": widget.workspace, "external_id": person.external_id, "verified": True}
    if person.is_whole:
        return Contact.objects.update_or_create(**who, defaults=person.known())[0]
    contact, is_new = Contact.objects.get_or_create(**who, defaults=person.known())
    for name, value in person.known().items():
        if not is_new and Contact.objects.filter(pk=contact.pk, **{name: ""}).update(**{name: value}):
            setattr(contact, name, value)
    return contact


def is_registered(origin: str) -> bool:
    """Return whether any widget lists exactly this origin. Cached for five seconds."""
    if monotonic() >= _registered.known_until:
        lists = Widget.objects.filter(enabled=True).values_list("origins", flat=True)
        _registered.origins = {each for origins in lists for each in origins}
        _registered.known_until = monotonic() + ORIGINS_TTL_S
    return origin in _registered.origins


@dataclass(slots=True)
class Registered:
    """The origins of all widgets as last read by this process."""

    origins: set[str] = field(default_factory=set)
    known_until: float = 0.0


_registered = Registered()


def forget_origins() -> None:
    """Drop the cached origins."""
    _registered.known_until = 0.0


avisit = database_sync_to_async(visit, thread_sensitive=False)
ais_registered = database_sync_to_async(is_registered, thread_sensitive=False)
