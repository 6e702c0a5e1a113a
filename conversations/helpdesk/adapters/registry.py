"""The adapter of each helpdesk. An adapter has verify, delivery_id, read, say, hand_over, resolve, check."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from conversations.helpdesk.adapters import chatwoot, generic, zammad, zendesk
from conversations.helpdesk.events import HelpdeskEvent
from conversations.helpdesk.models import Connection

ADAPTERS: dict[str, ModuleType] = {
    Connection.Kind.CHATWOOT: chatwoot,
    Connection.Kind.ZAMMAD: zammad,
    Connection.Kind.ZENDESK: zendesk,
    Connection.Kind.GENERIC: generic,
}


def parts_of(connection: Connection, payload: Any) -> list[Any]:
    """Split a payload into one per event, because the events of one webhook may concern several people."""
    events = payload.get("events") if connection.kind == Connection.Kind.ZENDESK and isinstance(payload, dict) else None
    return [{**payload, "events": [event]} for event in events] if isinstance(events, list) else [payload]


def without(connection: Connection, payload: Any, concerns: Callable[[HelpdeskEvent], bool]) -> Any:
    """Return the payload without the events for which `concerns` is true; empty if none is left."""
    read = adapter_of(connection).read
    remaining = [
        part for part in parts_of(connection, payload) if not any(concerns(event) for event in read(connection, part))
    ]
    if len(remaining) == len(parts_of(connection, payload)):
        return payload
    return {**payload, "events": [part["events"][0] for part in remaining]} if remaining else {}


def adapter_of(connection: Connection) -> ModuleType:
    return ADAPTERS[connection.kind]
