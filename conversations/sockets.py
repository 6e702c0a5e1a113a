"""The open sockets of this process, by contact: nobody may hold more than SOCKETS_PER_VISITOR."""

import uuid
from collections import defaultdict
from typing import Any

from django.conf import settings

_count = 0
_open: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)  # oldest first


def admit() -> bool:
    """Count a socket that wants to come in. False, and not counted, when this process holds SOCKETS_MAX."""
    global _count
    if _count >= settings.SOCKETS_MAX:
        return False
    _count += 1
    return True


def dismiss() -> None:
    global _count
    _count -= 1


def held() -> int:
    return _count


def enter(socket: Any, contact_id: uuid.UUID) -> list[Any]:
    """Note a socket; return those that have to make room for it, which are no longer noted."""
    _open[contact_id].append(socket)
    surplus = max(0, len(_open[contact_id]) - settings.SOCKETS_PER_VISITOR)
    oldest, _open[contact_id] = _open[contact_id][:surplus], _open[contact_id][surplus:]
    return oldest


def leave(socket: Any) -> None:
    if socket.visitor is None:
        return
    contact_id = socket.visitor.contact.pk
    if socket in _open[contact_id]:
        _open[contact_id].remove(socket)
    if not _open[contact_id]:
        del _open[contact_id]
