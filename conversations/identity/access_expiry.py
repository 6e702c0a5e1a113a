"""Close open WebSockets and streams once their access has ended.

Access is checked when a socket or stream opens. Every ACCESS_CHECK_INTERVAL_S the process checks the database for all
open ones together: is the widget still enabled for this origin, have the contact's sessions been ended, is the key
valid?
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.utils import timezone

from assistant.errors import IdentityInvalid, OriginRefused, ServiceError
from assistant.workspaces.models import ApiKey, Widget
from conversations.identity.permissions import Caller
from conversations.identity.visitors import KeyRefused, Visitor, WidgetUnknown
from conversations.models import Contact

log = logging.getLogger(__name__)
OVERLAP_S = 30.0  # with the previous check, for transactions that take long to commit
Ended = dict[uuid.UUID, datetime]


@dataclass(eq=False, slots=True)
class Access:
    """The permission behind an open connection. `ended` gets the reason when it ends."""

    widget_id: uuid.UUID | None = None
    origin: str | None = None
    contact_id: uuid.UUID | None = None
    sessions_ended_at: datetime | None = None  # as of when the connection was opened
    key_id: uuid.UUID | None = None
    ended: asyncio.Future[ServiceError] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def reason_to_end(
        self, widgets: dict[uuid.UUID, list[str]], ended: Ended, keys: Collection[uuid.UUID]
    ) -> ServiceError | None:
        if self.key_id is not None:
            return None if self.key_id in keys else KeyRefused()
        if self.widget_id is not None and self.widget_id not in widgets:
            return WidgetUnknown()
        if self.widget_id is not None and self.origin is not None and self.origin not in widgets[self.widget_id]:
            return OriginRefused()
        if self.contact_id in ended and ended[self.contact_id] != self.sessions_ended_at:
            return IdentityInvalid("This session was ended.")
        return None


def of_visitor(visitor: Visitor, origin: str) -> Access:
    contact = visitor.contact
    return Access(visitor.widget.pk, origin, contact.pk, contact.sessions_ended_at)


def of_caller(caller: Caller) -> Access:
    if caller.key is not None:
        return Access(key_id=caller.key.pk)
    contact = caller.contact
    if contact is None:
        return Access()
    return Access(caller.widget_id, contact_id=contact.pk, sessions_ended_at=contact.sessions_ended_at)


class Watch:
    """All open connections of one event loop, and the task that checks them."""

    def __init__(self) -> None:
        self.open: set[Access] = set()
        self.task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        checked_at = monotonic()
        while self.open:
            await asyncio.sleep(settings.ACCESS_CHECK_INTERVAL_S)
            began_at = monotonic()
            try:
                await self.check(began_at - checked_at + OVERLAP_S)
            except (OperationalError, InterfaceError) as error:
                log.warning("Could not check the access of open connections: %s", error)
            else:
                checked_at = began_at

    async def check(self, back_s: float) -> None:
        accesses = list(self.open)
        widget_ids = {access.widget_id for access in accesses if access.widget_id}
        key_ids = {access.key_id for access in accesses if access.key_id}
        current = await _acurrent_access(widget_ids, back_s, key_ids)
        for access in accesses:
            reason = access.reason_to_end(*current)
            if reason and not access.ended.done():
                access.ended.set_result(reason)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def note(access: Access) -> Access:
    """Check this access until `leave`."""
    watch = _watches.setdefault(asyncio.get_running_loop(), Watch())
    watch.open.add(access)
    watch.begin()
    return access


def leave(access: Access) -> None:
    _watches.setdefault(asyncio.get_running_loop(), Watch()).open.discard(access)


@contextlib.contextmanager
def noted(access: Access) -> Iterator[Access]:
    note(access)
    try:
        yield access
    finally:
        leave(access)


def _current_access(
    widget_ids: Collection[uuid.UUID], back_s: float, key_ids: Collection[uuid.UUID]
) -> tuple[dict[uuid.UUID, list[str]], Ended, set[uuid.UUID]]:
    """Return the origins of the enabled widgets, the contacts whose sessions ended lately, and the valid keys."""
    lately = Contact.objects.filter(sessions_ended_at__gt=Now() - timedelta(seconds=back_s))
    live = ApiKey.objects.live(timezone.now()).filter(pk__in=key_ids) if key_ids else ApiKey.objects.none()
    return (
        dict(Widget.objects.filter(pk__in=widget_ids, enabled=True).values_list("pk", "origins")),
        dict(lately.values_list("pk", "sessions_ended_at")),
        set(live.values_list("pk", flat=True)),
    )


_acurrent_access = database_sync_to_async(_current_access, thread_sensitive=False)
