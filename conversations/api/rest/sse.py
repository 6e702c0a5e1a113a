"""Server-sent events: the same events as on the WebSocket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse

from assistant import safe_json
from assistant.errors import NotFound, ServiceError
from conversations.api.own_messages import as_accepted
from conversations.events import stream
from conversations.events.stream import EpochGone, Place
from conversations.identity import access_expiry
from conversations.identity.permissions import Caller
from conversations.messaging import session
from conversations.messaging.store import Accepted
from conversations.models import Conversation, Message
from conversations.replies.wait_for_reply import afetch, ends_reply

COMMENT = b": still here\n\n"


def respond(frames: AsyncGenerator[bytes, None]) -> StreamingHttpResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=headers)


def place_after(last_event_id: str | None) -> Place | None:
    """Parse `Last-Event-ID` into a place; None if it is missing or not one of our ids."""
    epoch, _, seq = (last_event_id or "").rpartition(":")
    return Place(epoch, int(seq)) if epoch and seq.isascii() and seq.isdigit() and len(seq) < 16 else None


async def exchange(
    conversation: Conversation, accepted: Accepted, after: Place, *, resumed: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the events after a place until the reply to this message ends.

    Events before the message's own are skipped, unless the client resumes. If the events no longer exist, or the reply
    ended without an event, a snapshot is sent instead.
    """
    begun = resumed
    try:
        async with aclosing(beating(conversation, after)) as events:
            async for event in events:
                if event is None:
                    if await is_over(accepted.reply):
                        break
                    yield COMMENT
                    continue
                begun = begun or event.get("message_id") == str(accepted.message.pk)
                if begun:
                    yield frame(as_seen_by_sender(event, accepted.message), after.epoch)
                if begun and ends(event, accepted):
                    return
    except EpochGone:
        pass
    yield await snapshot(conversation)


async def conversation_events(conversation: Conversation, after: Place | None) -> AsyncGenerator[bytes, None]:
    """Yield the events of a conversation until the client disconnects; without a place, a snapshot first."""
    while True:
        if after is None:
            after, messages = await session.snapshot(conversation)
            yield frame(ready(conversation, after, messages), after.epoch)
        try:
            async with aclosing(beating(conversation, after)) as events:
                async for event in events:
                    yield COMMENT if event is None else frame(event, after.epoch)
        except EpochGone:
            after = None


async def while_allowed(frames: AsyncGenerator[bytes, None], caller: Caller) -> AsyncGenerator[bytes, None]:
    """Yield the frames until the caller's access ends or the conversation is erased; then an `error` frame."""
    with access_expiry.noted(access_expiry.of_caller(caller)) as access:
        async with aclosing(frames):
            next_frame = asyncio.ensure_future(anext(frames, None))
            try:
                while True:
                    await asyncio.wait({next_frame, access.ended}, return_when=asyncio.FIRST_COMPLETED)
                    if access.ended.done():
                        yield error_frame(access.ended.result())
                        return
                    if (allowed := next_frame.result()) is None:
                        return
                    yield allowed
                    next_frame = asyncio.ensure_future(anext(frames, None))
            except NotFound as erased:
                yield error_frame(erased)
            finally:
                next_frame.cancel()
                await asyncio.gather(next_frame, return_exceptions=True)


async def beating(conversation: Conversation, after: Place) -> AsyncGenerator[dict[str, Any] | None, None]:
    """Yield the events of `stream.follow`, and None whenever there was none for SSE_COMMENT_INTERVAL_S."""
    async with aclosing(stream.follow(conversation.pk, after)) as events:
        next_event = asyncio.ensure_future(anext(events))
        try:
            while True:
                done, _ = await asyncio.wait({next_event}, timeout=settings.SSE_COMMENT_INTERVAL_S)
                if not done:
                    yield None
                    continue
                yield next_event.result()
                next_event = asyncio.ensure_future(anext(events))
        finally:
            next_event.cancel()
            await asyncio.gather(next_event, return_exceptions=True)


async def is_over(reply: Message | None) -> bool:
    """Return whether the reply has ended, in case its last event was lost."""
    return reply is None or (await afetch(reply.pk)).is_finished


def ends(event: dict[str, Any], accepted: Accepted) -> bool:
    if accepted.reply is None:
        return event.get("message_id") == str(accepted.message.pk)
    return ends_reply(event, accepted.reply)


def as_seen_by_sender(event: dict[str, Any], message: Message) -> dict[str, Any]:
    """Turn `message.created` into `message.accepted` for the sender of the message, as on the WebSocket."""
    if event["type"] != "message.created" or event.get("message_id") != str(message.pk):
        return event
    return as_accepted(event)


async def snapshot(conversation: Conversation) -> bytes:
    place, messages = await session.snapshot(conversation)
    return frame(ready(conversation, place, messages), place.epoch)


def ready(conversation: Conversation, place: Place, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a `session.ready` event with all messages, as on the WebSocket."""
    return {
        "type": "session.ready",
        "conversation": str(conversation.pk),
        "epoch": place.epoch,
        "seq": place.seq,
        "status": conversation.status,
        "messages": messages,
    }


def error_frame(error: ServiceError) -> bytes:
    return b"event: error\ndata: " + safe_json.dumps(error.as_event()) + b"\n\n"


def frame(event: dict[str, Any], epoch: str) -> bytes:
    head = f"id: {epoch}:{event['seq']}\nevent: {event['type']}\ndata: "
    return head.encode() + safe_json.dumps(event) + b"\n\n"
