"""Events about a client's own messages."""

from typing import Any


def as_accepted(event: dict[str, Any]) -> dict[str, Any]:
    """Turn the `message.created` event of a client's own message into `message.accepted`."""
    kept = {name: event[name] for name in ("conversation", "seq", "at", "message_id") if name in event}
    known = {"client_ref": event["message"]["client_ref"], "status": event["message"]["status"]}
    return {"type": "message.accepted", **known, **kept}
