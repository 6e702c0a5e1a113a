"""Events that Redis did not take: once it is back, their conversation's events begin anew.

Whoever follows such a conversation, in any process, then begins again from a snapshot of Postgres, where
what happened is kept.
"""

import logging
import threading
import time
from itertools import chain

from asgiref.sync import async_to_sync
from redis.exceptions import RedisError

from assistant.wire import wire
from conversations import wakes

log = logging.getLogger(__name__)
LOOK_INTERVAL_S = 1.0

_lock = threading.Lock()
_gaps: dict[str, list[str]] = {}  # the keys that each conversation with a gap has in Redis
_mending: threading.Thread | None = None


def note(conversation_id: str, keys: list[str], error: Exception) -> None:
    """Have a conversation's events begin anew as soon as Redis takes anything."""
    global _mending
    with _lock:
        if conversation_id not in _gaps:
            log.warning("events of %s are not published: %s", conversation_id, error)
        _gaps[conversation_id] = keys
        if _mending is None:
            _mending = threading.Thread(target=_mend, name="gaps", daemon=True)
            _mending.start()


def _mend() -> None:
    global _mending
    while True:
        time.sleep(LOOK_INTERVAL_S)
        with _lock:
            gaps = dict(_gaps)
            _gaps.clear()
        try:
            _begin_anew(gaps)
        except (RedisError, OSError):
            with _lock:
                _gaps.update(gaps)
            continue
        with _lock:
            if not _gaps:
                _mending = None
                return


def _begin_anew(gaps: dict[str, list[str]]) -> None:
    wire().delete(*chain.from_iterable(gaps.values()))
    log.warning("the events of %d conversations begin anew", len(gaps))
    async_to_sync(_wake)(list(gaps))


async def _wake(conversation_ids: list[str]) -> None:
    for conversation_id in conversation_ids:
        await wakes.wake(conversation_id)
