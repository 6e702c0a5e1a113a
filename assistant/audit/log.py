"""Write to the audit log."""

from __future__ import annotations

import ipaddress
import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils.module_loading import import_string

from assistant.audit.models import Event
from assistant.audit.pseudonyms import pseudonym
from assistant.workspaces.models import ApiKey, Workspace

log = logging.getLogger(__name__)
SYSTEM = "system"
ADDRESS_SETTING = "AXES_CLIENT_IP_CALLABLE"  # the function that takes proxies into account


def record(
    action: str, row: Model | None = None, *, request: Any = None, workspace_id: Any = None, **detail: Any
) -> Event:
    """Record an action in the caller's transaction.

    `row` is the object of the action. `detail` may contain names of fields, states and reasons, but no customer's text
    and no secret. Actor and address come from the request; without one the actor is the system.
    """
    event = Event(action=action[:80], detail=detail, **_actor(request), **_about(row), **_origin(request))
    event.workspace_id = workspace_id or event.workspace_id or _workspace_of_key(request)
    event.save(force_insert=True)
    if request is not None:
        request.audited = {*getattr(request, "audited", ()), action}
    return event


def note(action: str, row: Model | None = None, **told: Any) -> None:
    """Record an action that has already happened. If that fails, write it to the process's log."""
    try:
        with transaction.atomic():
            record(action, row, **told)
    except DatabaseError:
        log.exception("Could not write to the audit log: %s", action)


def note_once(action: str, row: Model, request: Any, workspace_id: Any) -> None:
    """Record an action on a row, unless its own code has already done so."""
    if action not in getattr(request, "audited", ()):
        note(action, row, request=request, workspace_id=workspace_id, **name_of(row))


def key_of(request: Any) -> ApiKey | None:
    auth = getattr(request, "auth", None)
    return auth if isinstance(auth, ApiKey) else getattr(auth, "key", None)


def _actor(request: Any) -> dict[str, str]:
    key, user = key_of(request), getattr(request, "user", None)
    if key is not None:
        return {"actor": f"key {key.prefix} ({key.name})"[:160], "actor_id": str(key.pk)}
    if user is not None and user.is_authenticated:
        return {"actor": user.get_username()[:160], "actor_id": str(user.pk)}
    return {"actor": SYSTEM if request is None else "nobody", "actor_id": ""}


def _origin(request: Any) -> dict[str, Any]:
    if request is None:
        return {}
    address = import_string(getattr(settings, ADDRESS_SETTING))(request)
    try:
        ipaddress.ip_address(address)
    except ValueError:
        address = None  # for example a Unix socket
    return {"ip": address, "request_id": getattr(request, "request_id", "")[:100]}


def _about(row: Model | None) -> dict[str, Any]:
    if row is None:
        return {}
    kind = row._meta.label_lower
    about: dict[str, Any] = {"object_type": kind, "object_id": str(row.pk), "workspace_id": _workspace_of(row)}
    if kind in settings.AUDIT_PSEUDONYMOUS:
        about["object_id"] = pseudonym(row.pk)
    if customer := _customer_of(row):
        about["subject"] = pseudonym(customer)
    return about


def _customer_of(row: Any) -> Any:
    if row._meta.label_lower == "conversations.contact":
        return row.pk
    return getattr(row, "contact_id", None)


def _workspace_of(row: Any) -> Any:
    return row.pk if isinstance(row, Workspace) else getattr(row, "workspace_id", None)


def _workspace_of_key(request: Any) -> Any:
    key = key_of(request)
    return key.workspace_id if key else None


def changes_in(message: Any) -> dict[str, Any]:
    """Return the names of the changed fields, without values, from the admin's own change message."""
    entries = message if isinstance(message, list) else []
    fields = [name for entry in entries for name in entry.get("changed", {}).get("fields", ())]
    return {"fields": [str(name) for name in fields]} if fields else {}


def name_of(row: Model) -> dict[str, str]:
    """Return the name of a row for `detail`, if its model is in AUDIT_NAMED; otherwise nothing."""
    return {"name": str(row)[:200]} if row._meta.label_lower in settings.AUDIT_NAMED else {}
