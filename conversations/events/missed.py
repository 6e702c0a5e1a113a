"""Events that Redis did not take: once it is back, their conversation's events begin anew.

Whoever follows such a conversation, in any process, then begins again from a snapshot of Postgres, where
what happened is kept. A gap is written down there too: when its process dies, a worker mends it.
"""

import logging
import threading
from collections.abc import Iterable
from time import monotonic

from asgiref.sync import async_to_sync
from django.db import DatabaseError, InterfaceError, connections
from redis.exceptions import RedisError

from assistant.redis.client import redis_client
from conversations.events import notify
from conversations.events.append import keys
from conversations.models import MissedEvents

log = logging.getLogger(__name__)
LOOK_INTERVAL_S = 1.0
MENDED_AT_ONCE = 1_000

_lock = threading.Lock()
_gaps: set[str] = set()  # conversations
_unwritten: set[str] = set()  # those of them that Postgres does not know of
_noted = threading.Event()
_mending: threading.Thread | None = None


def note(conversation_id: str, error: Exception) -> None:
    """Have a conversation's events begin anew as soon as Redis takes anything."""
    global _mending
    with _lock:
        if conversation_id not in _gaps:
            log.warning("events of %s are not published: %s", conversation_id, error)
            _gaps.add(conversation_id)
            _unwritten.add(conversation_id)
            _noted.set()
        if _mending is None or not _mending.is_alive():
            _mending = threading.Thread(target=_mend, name="gaps", daemon=True)
            _mending.start()


def repair_abandoned() -> None:
    """Mend what is written down. Whose process lives is mended twice at worst, which costs a snapshot.

    Raises:
        RedisError, OSError: Redis is still away.
    """
    while found := [str(pk) for pk in MissedEvents.objects.values_list("pk", flat=True)[:MENDED_AT_ONCE]]:
        restart_stream(found)
        _strike_out(found)


def _mend() -> None:
    global _mending
    next_look_at = monotonic() + LOOK_INTERVAL_S
    while True:
        if _noted.wait(max(0.0, next_look_at - monotonic())):
            _noted.clear()
            _write_down()
            continue
        next_look_at = monotonic() + LOOK_INTERVAL_S
        if _unwritten:
            _noted.set()  # Postgres was away too
        if _mended_all():
            with _lock:
                if not _gaps:
                    _mending = None
                    return


def _mended_all() -> bool:
    with _lock:
        gaps = set(_gaps)
        _gaps.clear()
    try:
        restart_stream(gaps)
        _strike_out(gaps)
    except (RedisError, OSError):
        with _lock:
            _gaps.update(gaps)
        return False
    except (DatabaseError, InterfaceError) as error:
        log.warning("%d gaps that are mended stay written down, and are mended again: %s", len(gaps), error)
    finally:
        connections.close_all()
    return True


def _write_down() -> None:
    with _lock:
        gaps = set(_unwritten)
        _unwritten.clear()
    try:
        MissedEvents.objects.bulk_create([MissedEvents(gap) for gap in gaps], ignore_conflicts=True)
    except (DatabaseError, InterfaceError) as error:
        log.warning("%d gaps are not written down: %s", len(gaps), error)
        with _lock:
            _unwritten.update(gaps)
    finally:
        connections.close_all()


def restart_stream(conversation_ids: Iterable[str]) -> None:
    """Have all who follow these conversations begin again from a snapshot.

    Raises:
        RedisError, OSError: Redis is away.
    """
    conversation_ids = list(conversation_ids)
    redis_client().delete(*(key for conversation_id in conversation_ids for key in keys(conversation_id)))
    log.warning("the events of %d conversations begin anew", len(conversation_ids))
    async_to_sync(_wake)(conversation_ids)


async def _wake(conversation_ids: list[str]) -> None:
    for conversation_id in conversation_ids:
        await notify.wake(conversation_id)


def _strike_out(conversation_ids: Iterable[str]) -> None:
    MissedEvents.objects.filter(pk__in=conversation_ids).delete()
