"""The open WebSockets of this process: at most SOCKETS_MAX, and at most SOCKETS_PER_VISITOR per contact."""

import asyncio
import random
import uuid
from collections import defaultdict
from contextlib import suppress
from typing import Any

from django.conf import settings

from assistant.errors import ServiceError

RECONNECT_WITHIN_S = 3
RECONNECTS_PER_S = 200  # spreads the reconnects of many sockets, so that the other processes can take them
GOODBYE_S = 1.0

_count = 0
_open: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)  # oldest first


class Restarting(ServiceError):
    """The process is shutting down. `retry_after_s` in the details is random whole seconds, at least 1."""

    code = "restarting"
    sentence = "We'll be back in a moment."
    close_code = 1012


def admit() -> bool:
    """Count a new socket. Returns False, without counting it, if this process has SOCKETS_MAX already."""
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
    """Add a contact's socket. Removes and returns the oldest above SOCKETS_PER_VISITOR, for the caller to close."""
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


async def send_away() -> None:
    """Close all sockets before this process ends, with an error that says when to reconnect.

    A client that does not read within GOODBYE_S is closed by the server without this error.
    """
    leaving = [socket for several in _open.values() for socket in several]
    latest_s = RECONNECT_WITHIN_S + len(leaving) // RECONNECTS_PER_S
    for socket in leaving:
        socket.leave()  # first, so that no event follows the error
    goodbyes = [socket.refuse(Restarting(retry_after_s=random.randint(1, latest_s))) for socket in leaving]
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_S):
            await asyncio.gather(*goodbyes, return_exceptions=True)  # some have disconnected
