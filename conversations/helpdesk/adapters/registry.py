"""Which file speaks which helpdesk's language. Each has verify, delivery_id, read, say, hand_over, resolve, check."""

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
    """The payload, cut into one for each thing that it tells of: those of one webhook may concern several people."""
    events = payload.get("events") if connection.kind == Connection.Kind.ZENDESK and isinstance(payload, dict) else None
    return [{**payload, "events": [event]} for event in events] if isinstance(events, list) else [payload]


def without(connection: Connection, payload: Any, concerns: Callable[[HelpdeskEvent], bool]) -> Any:
    """The payload without what concerns somebody; empty where nothing else is in it."""
    read = adapter_of(connection).read
    kept = [
        part for part in parts_of(connection, payload) if not any(concerns(heard) for heard in read(connection, part))
    ]
    if len(kept) == len(parts_of(connection, payload)):
        return payload
    return {**payload, "events": [part["events"][0] for part in kept]} if kept else {}


def adapter_of(connection: Connection) -> ModuleType:
    return ADAPTERS[connection.kind]
