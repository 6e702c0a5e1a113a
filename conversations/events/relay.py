"""The outbox of durable events: each has a row from the transaction that makes it true until Redis has the event.

The process that commits also publishes, and deletes the row afterwards. A row that is still there after IN_TIME_S is
of a process that died, or of a time when Redis was away. The conversation's stream then begins again: whoever follows
it, in any process, takes a snapshot of Postgres, which holds what the event says.
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
IN_TIME_S = 1.0  # from a commit to its event, in a process that lives
RETRY_AFTER_S = 1.5
TOGETHER_S = 0.1  # what is published meanwhile is deleted with one statement
RELAYED_AT_ONCE = 1_000
NEWEST = 200  # events of a stream among which one that was published is found


def delete(published: Iterable[uuid.UUID]) -> None:
    """Delete rows whose events Redis has. What Postgres does not delete now, the relay finds published."""
    try:
        ConversationEvent.objects.filter(pk__in=list(published)).delete()
    except (DatabaseError, InterfaceError) as error:
        log.warning("rows of published events are not deleted: %s", error)


def relay_overdue() -> None:
    """Have conversations begin again of which an event was not published in time. Safe to run several times at once.

    Raises:
        RedisError, OSError: Redis is away.
    """
    while _relay_some() == RELAYED_AT_ONCE:
        pass


@transaction.atomic
def _relay_some() -> int:
    in_time = timezone.now() - timedelta(seconds=IN_TIME_S)
    overdue = ConversationEvent.objects.filter(created_at__lt=in_time).select_for_update(skip_locked=True)
    rows_of: defaultdict[uuid.UUID, list[ConversationEvent]] = defaultdict(list)
    for row in (rows := list(overdue.order_by("created_at")[:RELAYED_AT_ONCE])):
        rows_of[row.conversation_id].append(row)
    if lost := [conversation_id for conversation_id, due in rows_of.items() if not _has_all(conversation_id, due)]:
        log.warning("the events of %d conversations begin again", len(lost))
        redis_client().delete(*(key for conversation_id in lost for key in keys(conversation_id)))
    async_to_sync(_wake)(rows_of)  # of what was published too, for a wake may be lost with its process
    ConversationEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _has_all(conversation_id: uuid.UUID, rows: Sequence[ConversationEvent]) -> bool:
    """Whether Redis has taken all these events after all: their process had no time to delete the rows."""
    newest = redis_client().xrevrange(keys(conversation_id)[0], count=NEWEST)
    published = {orjson.loads(fields["event"]).get("at") for _, fields in newest}
    return published.issuperset(row.created_at.isoformat() for row in rows)


async def _wake(conversation_ids: Iterable[uuid.UUID]) -> None:
    for conversation_id in conversation_ids:
        await notify.wake(str(conversation_id))


class Relay:
    """What an event loop has published and not deleted, and whether Redis did not take something."""

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
        """Relay as soon as Redis takes anything, and do not wait for a worker."""
        self.failed = True
        if self.retrying is None or self.retrying.done():
            self.retrying = asyncio.create_task(self._retry(), context=contextvars.Context())

    async def _delete(self) -> None:
        while self.published:
            await asyncio.sleep(TOGETHER_S)
            published, self.published = self.published, []
            await _adelete(published)

    async def _retry(self) -> None:
        while self.failed:
            self.failed = False
            await asyncio.sleep(RETRY_AFTER_S)
            try:
                await _arelay()
            except (RedisError, OSError, DatabaseError, InterfaceError) as error:
                log.warning("events are not published: %s", error)
                self.failed = True


_relays: WeakKeyDictionary[asyncio.AbstractEventLoop, Relay] = WeakKeyDictionary()


def here() -> Relay:
    return _relays.setdefault(asyncio.get_running_loop(), Relay())


async def settled() -> None:
    """Wait until the rows of what this loop has published are deleted."""
    if deleting := here().deleting:
        await deleting


_adelete = database_sync_to_async(delete, thread_sensitive=False)
_arelay = database_sync_to_async(relay_overdue, thread_sensitive=False)
