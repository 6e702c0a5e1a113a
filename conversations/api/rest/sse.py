"""Server-sent events: the same events as on the WebSocket."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse

from assistant import safe_json
from assistant.errors import NotFound, ServiceError
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
    """Where a client stands that sends `Last-Event-ID`; None where it sends none that we gave out."""
    epoch, _, seq = (last_event_id or "").rpartition(":")
    return Place(epoch, int(seq)) if epoch and seq.isascii() and seq.isdigit() and len(seq) < 16 else None


async def exchange(
    conversation: Conversation, accepted: Accepted, after: Place, *, resumed: bool
) -> AsyncGenerator[bytes, None]:
    """Every event from a place on until the reply to this message has ended.

    Events before the message's own are left out unless the client resumes among them. Where the
    events are gone, or the reply ended without one, a snapshot takes their place.
    """
    begun = resumed
    try:
        async with aclosing(beating(conversation, after)) as followed:
            async for event in followed:
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
    """Every event of a conversation for as long as the client stays; without a place, a snapshot first."""
    while True:
        if after is None:
            after, shown = await session.snapshot(conversation)
            yield frame(ready(conversation, after, shown), after.epoch)
        try:
            async with aclosing(beating(conversation, after)) as followed:
                async for event in followed:
                    yield COMMENT if event is None else frame(event, after.epoch)
        except EpochGone:
            after = None


async def while_allowed(frames: AsyncGenerator[bytes, None], caller: Caller) -> AsyncGenerator[bytes, None]:
    """The frames while the caller may have them and the conversation is there; then an `error`, and the end."""
    with access_expiry.noted(access_expiry.of_caller(caller)) as access:
        async with aclosing(frames):
            coming = asyncio.ensure_future(anext(frames, None))
            try:
                while True:
                    await asyncio.wait({coming, access.ended}, return_when=asyncio.FIRST_COMPLETED)
                    if access.ended.done():
                        yield error_frame(access.ended.result())
                        return
                    if (told := coming.result()) is None:
                        return
                    yield told
                    coming = asyncio.ensure_future(anext(frames, None))
            except NotFound as erased:
                yield error_frame(erased)
            finally:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)


async def beating(conversation: Conversation, after: Place) -> AsyncGenerator[dict[str, Any] | None, None]:
    """`stream.follow`, with None whenever nothing came for SSE_COMMENT_INTERVAL_S."""
    async with aclosing(stream.follow(conversation.pk, after)) as followed:
        coming = asyncio.ensure_future(anext(followed))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=settings.SSE_COMMENT_INTERVAL_S)
                if not done:
                    yield None
                    continue
                yield coming.result()
                coming = asyncio.ensure_future(anext(followed))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def is_over(reply: Message | None) -> bool:
    """Whether the reply ended without an event that a follower could still see."""
    return reply is None or (await afetch(reply.pk)).is_finished


def ends(event: dict[str, Any], accepted: Accepted) -> bool:
    if accepted.reply is None:
        return event.get("message_id") == str(accepted.message.pk)
    return ends_reply(event, accepted.reply)


def as_seen_by_sender(event: dict[str, Any], message: Message) -> dict[str, Any]:
    """The sender's own message is `message.accepted` to the sender, as on the socket."""
    if event["type"] != "message.created" or event.get("message_id") != str(message.pk):
        return event
    kept = {name: event[name] for name in ("conversation", "seq", "at", "message_id")}
    return {"type": "message.accepted", "client_ref": event["message"]["client_ref"], **kept}


async def snapshot(conversation: Conversation) -> bytes:
    place, shown = await session.snapshot(conversation)
    return frame(ready(conversation, place, shown), place.epoch)


def ready(conversation: Conversation, place: Place, shown: list[dict[str, Any]]) -> dict[str, Any]:
    """All that was said so far, as the socket's `session.ready` has it."""
    return {
        "type": "session.ready",
        "conversation": str(conversation.pk),
        "epoch": place.epoch,
        "seq": place.seq,
        "status": conversation.status,
        "messages": shown,
    }


def error_frame(error: ServiceError) -> bytes:
    return b"event: error\ndata: " + safe_json.dumps(error.as_event()) + b"\n\n"


def frame(event: dict[str, Any], epoch: str) -> bytes:
    mark = f"id: {epoch}:{event['seq']}\nevent: {event['type']}\ndata: "
    return mark.encode() + safe_json.dumps(event) + b"\n\n"
