"""The open WebSockets of this process by contact, at most SOCKETS_PER_VISITOR each."""

import asyncio
import random
import uuid
from collections import defaultdict
from contextlib import suppress
from typing import Any

from django.conf import settings

from assistant.errors import ServiceError

COME_BACK_WITHIN_S = 3
COME_BACK_PER_S = 200  # of many: they should find room where they come back to
GOODBYE_S = 1.0

_count = 0
_open: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)  # oldest first


class Restarting(ServiceError):
    """`retry_after_s` in the details is whole seconds, at least 1, and not the same for everybody."""

    code = "restarting"
    sentence = "We'll be back in a moment."
    close_code = 1012


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


async def send_away() -> None:
    """Tell every socket, before this process ends, when to come back to another; then close it.

    Who does not read within GOODBYE_S is left to the server, which closes without a word.
    """
    leaving = [socket for several in _open.values() for socket in several]
    latest_s = COME_BACK_WITHIN_S + len(leaving) // COME_BACK_PER_S
    for socket in leaving:
        socket.leave()  # first: nothing may be told after the goodbye
    goodbyes = [socket.refuse(Restarting(retry_after_s=random.randint(1, latest_s))) for socket in leaving]
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_S):
            await asyncio.gather(*goodbyes, return_exceptions=True)  # some are gone already
