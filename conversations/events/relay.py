"""The transactional outbox of durable events: each has a row, written with the change, until Redis has the event.

The process that commits also publishes the event and then deletes the row. A row older than OVERDUE_AFTER_S means that
the process died or that Redis was down. Its conversation's stream is then restarted with a new epoch: every follower,
in any process, loads a snapshot from Postgres, which contains what the event reports.
"""

import asyncio
import contextvars
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from weakref import WeakKeyDictionary

import orjson
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from assistant.redis.client import redis_client
from conversations.events import notify
from conversations.events.append import keys
from conversations.models import ConversationEvent

log = logging.getLogger(__name__)
OVERDUE_AFTER_S = 1.0  # a running process publishes sooner after its commit
RETRY_AFTER_S = 1.5
DELETE_INTERVAL_S = 0.1  # rows of events published in this time are deleted with one statement
RELAYED_AT_ONCE = 1_000
NEWEST = 200  # events of a stream that are searched for one that was published


def delete(published: Iterable[uuid.UUID]) -> None:
    """Delete rows whose events Redis has. If Postgres is down, the relay deletes them later."""
    try:
        ConversationEvent.objects.filter(pk__in=list(published)).delete()
    except (DatabaseError, InterfaceError) as error:
        log.warning("cannot delete the rows of published events: %s", error)


def relay_overdue() -> None:
    """Restart the streams of conversations with an overdue event. Safe to run several times at once.

    Raises:
        RedisError, OSError: Redis is down.
    """
    while _relay_some() == RELAYED_AT_ONCE:
        pass


@transaction.atomic
def _relay_some() -> int:
    overdue_before = timezone.now() - timedelta(seconds=OVERDUE_AFTER_S)
    overdue = ConversationEvent.objects.filter(created_at__lt=overdue_before).select_for_update(skip_locked=True)
    rows_of: defaultdict[uuid.UUID, list[ConversationEvent]] = defaultdict(list)
    for row in (rows := list(overdue.order_by("created_at")[:RELAYED_AT_ONCE])):
        rows_of[row.conversation_id].append(row)
    if lost := [conversation_id for conversation_id, due in rows_of.items() if not _has_all(conversation_id, due)]:
        log.warning("restarting the event streams of %d conversations", len(lost))
        redis_client().delete(*(key for conversation_id in lost for key in keys(conversation_id)))
    async_to_sync(_wake)(rows_of)  # also for published events, because the process may have died before its wake
    ConversationEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _has_all(conversation_id: uuid.UUID, rows: Sequence[ConversationEvent]) -> bool:
    """Return whether Redis has all these events: their process published them but did not delete the rows."""
    newest = redis_client().xrevrange(keys(conversation_id)[0], count=NEWEST)
    published = {orjson.loads(fields["event"]).get("at") for _, fields in newest}
    return published.issuperset(row.created_at.isoformat() for row in rows)


async def _wake(conversation_ids: Iterable[uuid.UUID]) -> None:
    for conversation_id in conversation_ids:
        await notify.wake(str(conversation_id))


class Relay:
    """The outbox work of one event loop: rows of published events to delete, and retries after failures."""

    def __init__(self) -> None:
        self.published: list[uuid.UUID] = []
        self.failed = False
        self.deleting: asyncio.Task[None] | None = None
        self.retrying: asyncio.Task[None] | None = None

    def delete_soon(self, rows: Iterable[ConversationEvent]) -> None:
        self.published += [row.pk for row in rows]
        if self.published and (self.deleting is None or self.deleting.done()):
            self.deleting = asyncio.create_task(self._delete(), context=contextvars.Context())

    def retry_soon(self) -> None:
        """Relay from this process as soon as Redis is back, without waiting for a worker."""
        self.failed = True
        if self.retrying is None or self.retrying.done():
            self.retrying = asyncio.create_task(self._retry(), context=contextvars.Context())

    async def _delete(self) -> None:
        while self.published:
            await asyncio.sleep(DELETE_INTERVAL_S)
            published, self.published = self.published, []
            await _adelete(published)

    async def _retry(self) -> None:
        while self.failed:
            self.failed = False
            await asyncio.sleep(RETRY_AFTER_S)
            try:
                await _arelay()
            except (RedisError, OSError, DatabaseError, InterfaceError) as error:
                log.warning("cannot publish events: %s", error)
                self.failed = True


_relays: WeakKeyDictionary[asyncio.AbstractEventLoop, Relay] = WeakKeyDictionary()


def here() -> Relay:
    return _relays.setdefault(asyncio.get_running_loop(), Relay())


async def settled() -> None:
    """Wait until the rows of the events that this loop has published are deleted."""
    if deleting := here().deleting:
        await deleting


_adelete = database_sync_to_async(delete, thread_sensitive=False)
_arelay = database_sync_to_async(relay_overdue, thread_sensitive=False)
