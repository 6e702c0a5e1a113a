"""Publish a reply while it is written: deltas to subscribers, partial text and lease to the database."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from conversations.canned_responses import phrase
from conversations.events import notify, stream
from conversations.events.stream import Place
from conversations.messaging import leases
from conversations.models import ConversationEvent, Message
from conversations.replies.receipts import ReplyState

log = logging.getLogger(__name__)
RESTART = "\x00"  # in place of a piece: the text so far is discarded
READING = "\x01"  # in place of the first piece: the attached files are being read
AT_WORK = ""  # in place of the first piece: the reply will take a while
Event = tuple[str, dict[str, Any]]
_at_work: set["StreamWriter"] = set()  # in this process


class StreamWriter:
    """Publishes one reply as events while it is generated.

    Deltas are batched to at most REPLY_DELTAS_PER_S events a second, and fewer while many replies are written at once:
    a process publishes PROCESS_DELTAS_PER_S in all, so that new questions are not delayed. The text is saved and the
    lease renewed every REPLY_SAVE_INTERVAL_S. If Redis lost the events meanwhile, the complete text is sent again.
    """

    def __init__(self, reply: Message, draft: ReplyState) -> None:
        self.reply = reply
        self.draft = draft
        self.unsent = ""
        self.sent_at = 0.0
        self.begun = False
        self.restarts = reply.attempt > 1  # subscribers may have seen a part of it
        self.beginning: asyncio.Task[None] | None = None  # referenced here so that it is not garbage collected
        self.place: Place | None = None  # of the newest published event
        self.stop = asyncio.Event()
        self.stirred = asyncio.Event()  # set when `tend` should check the reply early

    async def take(self, pieces: AsyncGenerator[str, None]) -> None:
        """Publish every piece, starting at once if the reply takes a while.

        A reply that arrives at once, as from the cache, is published together with its completion.
        """
        _at_work.add(self)
        try:
            await self._carry(pieces)
        finally:
            _at_work.discard(self)

    async def _carry(self, pieces: AsyncGenerator[str, None]) -> None:
        async with aclosing(pieces):
            async for piece in pieces:
                if piece == RESTART:
                    await self.restart()
                    continue
                if piece == READING:
                    await self.publish(self._reading())
                    continue
                if not piece:
                    self.beginning = asyncio.create_task(self.publish())  # the answer is prepared meanwhile
                    continue
                self.draft.first_word()
                self.draft.text += piece
                self.unsent += piece
                if self.begun and monotonic() - self.sent_at >= _apart_s():
                    await self.send()
                    await asyncio.sleep(_unread_s())
        if self.begun:
            await self.send()

    async def restart(self) -> None:
        if self.draft.text:
            self.draft.text = self.unsent = ""
            await self.publish(("reply.restarted", {}))

    def _reading(self) -> Event:
        files = [sent["id"] for sent in self.reply.in_reply_to.attachments]
        language = self.draft.language
        return ("reply.status", {"status": "reading_files", "files": files, "text": phrase("reading_file", language)})

    async def tend(self) -> None:
        """Renew the lease and save the text. Return when the reply must stop or another process has claimed it."""
        while not self.stop.is_set():
            await notify.wait(self.stirred, settings.REPLY_SAVE_INTERVAL_S)
            self.stirred.clear()
            if self.stop.is_set() or not await self.is_ours():
                return
            await self.send()

    async def is_ours(self) -> bool:
        """Renew the lease and return whether it is still held. It is while Postgres is down: nobody can claim it."""
        try:
            return await leases.arenew(self.reply, self.draft.text)
        except (OperationalError, InterfaceError) as error:
            log.warning("the lease of reply %s is not renewed: %s", self.reply.pk, error)
            return True

    def end(self) -> None:
        """Make the reply stop now."""
        self.stop.set()
        self.stirred.set()

    async def send(self) -> None:
        if self.unsent:
            text, self.unsent, self.sent_at = self.unsent, "", monotonic()
            await self.publish(("reply.delta", {"text": text}))

    async def publish(self, *told: Event, rows: Sequence[ConversationEvent] = ()) -> None:
        """Publish these events. Before the first ones, publish the start of the reply and its unsent text."""
        told = (*self._beginning(), *told)
        if not told:
            return
        mine = {"message_id": str(self.reply.pk)}
        events_told = ((kind, mine | more) for kind, more in told)
        first = await stream.apublish_all(self.reply.conversation_id, *events_told, rows=rows)
        if first is None:  # unknown what Redis stored, so the next events start again with the whole text
            self.begun, self.restarts, self.unsent = False, True, self.draft.text
            return
        before, self.place = self.place, Place(first.epoch, first.seq + len(told) - 1)
        if before and first.epoch == before.epoch and first.seq != before.seq + 1:
            self.stirred.set()  # a person may have answered: check whether to stop
        if before and first.epoch != before.epoch and told[-1][0] == "reply.delta":
            await self.publish(("reply.restarted", {}), ("reply.delta", {"text": self.draft.text}))

    def _beginning(self) -> tuple[Event, ...]:
        if self.begun:
            return ()
        self.begun = True
        kind = "reply.restarted" if self.restarts else "reply.started"
        begun = (kind, {"in_reply_to": str(self.reply.in_reply_to_id)})
        text, self.unsent = self.unsent, ""
        return (begun, ("reply.delta", {"text": text})) if text else (begun,)


def whole(reply: Message) -> list[Event]:
    """Return all events of a reply that was complete from the start."""
    mine = {"message_id": str(reply.pk)}
    return [
        ("reply.started", mine | {"in_reply_to": str(reply.in_reply_to_id)}),
        ("reply.delta", mine | {"text": reply.text}),
        ("reply.completed", mine | as_completed(reply)),
    ]


def as_completed(reply: Message) -> dict[str, Any]:
    told = {name: getattr(reply, name) for name in ("text", "citations", "status")}
    return told | {"action": reply.action or None}


def _apart_s() -> float:
    """Return the minimum time between deltas of one reply."""
    return max(1 / settings.REPLY_DELTAS_PER_S, len(_at_work) / settings.PROCESS_DELTAS_PER_S)


def _unread_s() -> float:
    """Return how long to pause reading from the model after a delta, so that under load each read gets more."""
    apart_s = _apart_s()
    return apart_s / 2 if apart_s > 1 / settings.REPLY_DELTAS_PER_S else 0.0
