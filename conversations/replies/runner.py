"""The lifecycle of a reply in this process: start, run, stop, hand over.

A reply belongs to the server, not to a socket: it runs as a separate task under a lease in the database. If its process
dies, the lease expires and `recovery` gives the reply to another process.
"""

import asyncio
import contextvars
import logging
import os
import uuid

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from assistant.webhooks import outbox
from conversations import tasks
from conversations.canned_responses import phrase
from conversations.events import notify, relay, stream
from conversations.messaging import handoff, leases, store
from conversations.messaging.leases import Closing
from conversations.messaging.question import Question, question_of
from conversations.models import Conversation, ConversationEvent, Message
from conversations.replies import (
    citations,
    pipeline,
    receipts,
)
from conversations.replies.receipts import ReplyState
from conversations.replies.running_reply import RunningReply
from conversations.replies.stream_writer import StreamWriter, as_completed

log = logging.getLogger(__name__)
OWNER = f"{os.uname().nodename}:{os.getpid()}"
_running: dict[uuid.UUID, RunningReply] = {}
Status = Message.Status


def start(accepted: Message, after_s: float = 0.0, *, restart: bool = False, claimed: bool = False) -> None:
    """Start a reply in the background.

    `restart`: its question has grown since it was started. `claimed`: this process already holds its lease.
    """
    reply_id = accepted.pk
    before = _running.get(reply_id)
    if before and not restart and not before.task.done():
        before.pending_rerun = True
        return
    # Use a new context: the caller's may end with its request, together with its threads.
    running = _running[reply_id] = RunningReply()
    beginning = _begin(accepted, after_s, running, before, claimed)
    running.task = asyncio.create_task(beginning, context=contextvars.Context())
    running.task.add_done_callback(lambda _: _running.pop(reply_id) if _running.get(reply_id) is running else None)


async def _begin(
    accepted: Message, after_s: float, running: RunningReply, before: RunningReply | None, claimed: bool
) -> None:
    if before:
        await before.preempt()
    await asyncio.sleep(after_s)
    running.begun = running.pending_rerun = True
    while running.pending_rerun:
        running.pending_rerun = False
        await run(accepted.pk, accepted, claimed=claimed)
        claimed = False


def running_here(reply_id: uuid.UUID) -> RunningReply | None:
    return _running.get(reply_id)


async def hand_over() -> None:
    """Release every reply of this process so that another can claim it at once. For a process that shuts down."""
    while leaving := dict(_running):  # a reply that ends now may start the next one of its conversation
        for running in leaving.values():
            running.task.cancel()
        await asyncio.wait({running.task for running in leaving.values()})
        for reply_id in leaving:
            await leases.arelease(reply_id, OWNER)


async def stop(conversation: Conversation, reply_id: uuid.UUID) -> None:
    """Stop a reply in whichever process writes it: at once in this one, within a second in another."""
    await store.arequest_stop(conversation, reply_id)
    running = _running.get(reply_id)
    if running and running.writer:
        running.writer.end()


async def all_done() -> None:
    """Wait until every reply of this process is written and its events are published.

    If the wait is cancelled, the replies keep running.
    """
    while running := {each.task for each in _running.values()}:
        await asyncio.wait(running)
    await notify.all_woken()
    await relay.settled()


async def run(reply_id: uuid.UUID, accepted: Message | None = None, *, claimed: bool = False) -> None:
    """Claim a reply, write it, close it, and start the next one of its conversation."""
    # A reply that is already claimed is the first of its conversation, so there is nothing to load.
    taken = (accepted, question_of(accepted)) if claimed else await _aclaim(reply_id, accepted)
    if taken is None:
        return
    reply, question = taken
    writer = StreamWriter(reply, ReplyState(str(reply_id)))
    try:
        following = await _write_down(question, writer)
    except (OperationalError, InterfaceError) as error:
        log.warning("reply %s is left to whoever takes it up once Postgres is back: %s", reply_id, error)
        return
    except Exception:  # top level of a task: nothing above would report it
        log.exception("reply %s failed", reply_id)
        following = await _fail(question, writer)
    if following:
        start(following)


def _claim(reply_id: uuid.UUID, accepted: Message | None) -> tuple[Message, Question] | None:
    reply = leases.claim(reply_id, OWNER, accepted)
    return (reply, question_of(reply)) if reply else None


_aclaim = database_sync_to_async(_claim, thread_sensitive=False)


async def _write_down(question: Question, writer: StreamWriter) -> Message | None:
    """Write a reply and close it. Return the next one of its conversation that is not started yet."""
    reply, draft = writer.reply, writer.draft
    if reply.pk in _running:
        _running[reply.pk].writer = writer
    writing = asyncio.create_task(writer.take(pipeline.reply_to(question, draft)))
    tending = asyncio.create_task(writer.tend())
    try:
        done, _ = await asyncio.wait(
            {writing, tending}, timeout=settings.REPLY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for task in (writing, tending):
            task.cancel()
        await asyncio.gather(writing, tending, return_exceptions=True)
    if writing in done:
        writing.result()
        status = Status.DONE if draft.finish_reason == "stop" else Status.INCOMPLETE
    else:
        status = Status.STOPPED if tending in done else Status.INCOMPLETE
        draft.text, draft.citations = citations.cited(draft.text, draft.passages)
    events, following = await _aend(reply, question, draft, status)
    for event in events:  # empty if another process has claimed the reply, which then publishes
        if event.kind == handoff.UPDATED:
            updated = handoff.as_updated(question.conversation)
            await stream.apublish_all(reply.conversation_id, (event.kind, updated), rows=[event])
        else:
            await writer.publish((event.kind, as_completed(reply)), rows=[event])
    return following


def _end(
    reply: Message, question: Question, draft: ReplyState, status: str
) -> tuple[list[ConversationEvent], Message | None]:
    """Return the events to publish, if this process still held the lease, and the next reply that is not started."""
    receipt = receipts.receipt(draft, question)
    closing = Closing(status, draft.text.strip(), draft.citations, draft.action, receipt)
    events = _store(reply, closing, question.conversation, draft.handoff_reason)
    return events, store.next_waiting(reply.conversation_id)


@transaction.atomic
def _store(
    reply: Message, closing: Closing, conversation: Conversation, handoff_reason: str
) -> list[ConversationEvent]:
    completed = leases.close(reply, closing)
    if completed is None:
        return []
    handed_off = handoff.request_handoff(conversation, handoff_reason) if closing.action == "handed_off" else None
    receipts.warn_of_window(conversation.workspace_id, closing.receipt)
    tasks.summarise_later(reply)
    said = {"conversation": str(reply.conversation_id), "message": reply.as_json()}
    outbox.record(conversation.workspace_id, "reply.completed", **said)
    return [completed, handed_off] if handed_off else [completed]


_aend = database_sync_to_async(_end, thread_sensitive=False)


async def _fail(question: Question, writer: StreamWriter) -> Message | None:
    if event := await leases.aclose(writer.reply, Closing(Status.FAILED, "")):
        said = phrase("trouble", question.language)
        await writer.publish((event.kind, {"code": "reply_failed", "message": said}), rows=[event])
    return await store.anext_waiting(writer.reply.conversation_id)
