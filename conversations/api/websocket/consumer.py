"""The WebSocket consumer: it passes frames on and makes no decisions."""

import asyncio
import logging
from contextlib import aclosing
from typing import Any

import orjson
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from assistant import safe_json
from assistant.errors import (
    BadFrame,
    DatabaseDown,
    DependencyDown,
    IdentityInvalid,
    NotFound,
    OriginRefused,
    RateLimited,
    ServiceError,
)
from conversations.api.own_messages import as_accepted
from conversations.api.websocket import connections, frames
from conversations.events import stream
from conversations.events.stream import EpochGone, Place
from conversations.identity import access_expiry, contact_attributes, rate_limits, visitors
from conversations.identity.client_ip import client_ip
from conversations.identity.visitors import Visitor
from conversations.messaging import handoff, rating, session
from conversations.models import Conversation
from conversations.replies import runner, submit

log = logging.getLogger(__name__)
ERASED = "This session was ended."  # the conversation was erased
DOWN = (OperationalError, InterfaceError, RedisError, OSError)  # the database or Redis


class HelloLate(ServiceError):
    code = "hello_timeout"
    sentence = "No hello frame arrived in time."
    close_code = 4408


class SocketReplaced(ServiceError):
    code = "socket_replaced"
    sentence = "This conversation is open in too many places, so this connection was closed."
    close_code = 4409


class ChatConsumer(AsyncWebsocketConsumer):
    """One customer's socket: after `hello` it follows one conversation."""

    # Events arrive through `stream.follow`, so the consumer needs no channel of its own in Redis.
    channel_layer_alias = "none"
    visitor: Visitor | None = None
    conversation: Conversation
    origin: str = ""
    over = False  # closed by us, though frames of the client may still arrive
    admitted = False  # counted against SOCKETS_MAX

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:  # also after an error, or the count would stay too high
            if self.admitted:
                connections.dismiss()

    async def dispatch(self, message: Any) -> None:
        """Call the handler without Channels' thread that closes old database connections: we return each after use."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.sent: set[str] = set()  # client_refs of messages sent over this socket
        self.violations = 0
        self.following: asyncio.Task[None] | None = None
        self.waiting: asyncio.Task[None] | None = None
        self.access: access_expiry.Access | None = None
        self.ending: asyncio.Task[None] | None = None
        origins = [value for name, value in self.scope["headers"] if name == b"origin"]
        self.origin = origins[0].decode("latin-1") if len(origins) == 1 else ""
        self.ip = client_ip(self.scope.get("client"), self.scope["headers"])
        refusal: ServiceError = DependencyDown()
        try:
            if not self.origin or not await visitors.ais_registered(self.origin):
                await self.close()  # before accepting: responds with 403
                return
            self.admitted = connections.admit()
        except (OperationalError, InterfaceError) as error:
            log.warning("cannot accept sockets: %s", error)
            refusal = DatabaseDown()
        await self.accept()
        if not self.admitted:
            await self.refuse(refusal)
            return
        self.waiting = asyncio.create_task(self.expect_hello())

    async def expect_hello(self) -> None:
        await asyncio.sleep(settings.HELLO_TIMEOUT_S)
        if self.visitor is None:
            await self.refuse(HelloLate())

    async def disconnect(self, code: int) -> None:
        self.leave()

    def leave(self) -> None:
        """Stop following the conversation and checking access. Does not close the connection."""
        connections.leave(self)
        if self.access:
            access_expiry.leave(self.access)
        for task in (self.following, self.waiting):
            if task:
                task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.over:
            return
        try:
            frame = frames.read(self.parse(text_data))
            if self.visitor is None and frame.type != "hello":
                raise BadFrame("The first frame must be hello.")
            self.count(frame)
            await self.handle_frame(frame)
        except ServiceError as error:
            await self.refuse(error)

    def count(self, frame: frames.AnyFrame) -> None:
        try:
            rate_limits.frames.count(self.visitor and self.visitor.contact.pk, self.ip)
        except RateLimited as error:
            error.details |= {"client_ref": str(frame.client_ref)} if frame.type == "message.send" else {}
            raise

    async def handle_frame(self, frame: frames.AnyFrame) -> None:
        """Handle a frame. If the database is down, the socket stays open and the client gets an error to retry."""
        try:
            await self.FRAMES[frame.type](self, frame)
        except (OperationalError, InterfaceError) as error:
            log.warning("cannot handle %s: %s", frame.type, error)
            ref = {"client_ref": str(frame.client_ref)} if frame.type == "message.send" else {}
            down = DatabaseDown(retry_after_s=2, **ref)
            if self.visitor is None:
                raise down from error
            await self.send_event(down.as_event())

    @staticmethod
    def parse(text: str | None) -> Any:
        if text is None or len(text) > settings.FRAME_MAX_BYTES:
            raise BadFrame(f"Frames must be JSON text of at most {settings.FRAME_MAX_BYTES:,} bytes.")
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadFrame("This frame is not JSON.") from error

    async def refuse(self, error: ServiceError) -> None:
        """Send an error, and close the socket if the error has a close code or rate limits are exceeded repeatedly."""
        await self.send_event(error.as_event())
        is_rate_limited = isinstance(error, RateLimited)
        self.violations += is_rate_limited
        must_close = self.violations >= settings.RATE_VIOLATIONS_MAX or self.visitor is None
        code = 4429 if is_rate_limited and must_close else error.close_code
        if code:
            self.over = True
            await self.close(code)
            self.leave()

    def end(self, ended: asyncio.Future[ServiceError]) -> None:
        """Close the socket because its access ended: the widget was disabled, or the session ended."""
        if not ended.cancelled() and not self.over:
            self.ending = asyncio.create_task(self.refuse(ended.result()))

    async def send_event(self, event: dict[str, Any]) -> None:
        """Send one event. If the client does not read within SEND_TIMEOUT_S, stop following."""
        try:
            async with asyncio.timeout(settings.SEND_TIMEOUT_S):
                await self.send(safe_json.dumps(event).decode())
        except OSError:  # disconnected, or not reading (TimeoutError)
            self.leave()

    # --- the frames ---

    async def hello(self, frame: frames.Hello) -> None:
        if self.visitor is not None:
            raise BadFrame("This connection already sent hello.")
        visitor = await visitors.avisit(frame.widget, self.origin, frame.identity, frame.session, self.ip)
        if self.origin not in visitor.widget.origins:
            raise OriginRefused
        self.conversation = await session.aenter(visitor, frame.conversation, frame.locale)
        if frame.attributes:
            await contact_attributes.anote(visitor.contact, frame.attributes)
        self.visitor = visitor
        for oldest in connections.enter(self, visitor.contact.pk):
            await oldest.refuse(SocketReplaced())
        self.access = access_expiry.note(access_expiry.of_visitor(visitor, self.origin))
        self.access.ended.add_done_callback(self.end)
        place, messages = await self.place_of(frame)
        await self.send_event(session.ready(visitor, self.conversation, place, messages))
        self.following = asyncio.create_task(self.follow(place))

    async def place_of(self, frame: frames.Hello) -> tuple[Place, list[dict[str, Any]] | None]:
        """Return the place to follow from; with a snapshot if the client has none, or its events no longer exist."""
        try:
            if frame.conversation and frame.epoch and frame.after_seq is not None:
                place = Place(frame.epoch, frame.after_seq)
                try:
                    await stream.read(self.conversation.pk, place, count=1)
                    return place, None
                except EpochGone:
                    pass
            return await session.snapshot(self.conversation)
        except (RedisError, OSError) as error:
            raise DependencyDown from error

    async def send_message(self, frame: frames.MessageSend) -> None:
        ref = str(frame.client_ref)
        self.sent.add(ref)
        try:
            message = (frame.text, frame.client_ref, frame.attachments)
            if not self.conversation.last_seq:  # for later messages, the conversation is re-read under its lock
                self.conversation = await session.arefreshed(self.conversation)
            accepted, event = await submit.submit(self.conversation, *message, ip=self.ip)
        except ServiceError as error:
            error.details.setdefault("client_ref", ref)
            raise
        if not accepted.is_new or "seq" not in event:  # otherwise `follow` sends it in order
            await self.send_event(self.as_seen_here(event))

    async def stop(self, frame: frames.ReplyStop) -> None:
        await runner.stop(self.conversation, frame.message_id)

    async def rate(self, frame: frames.MessageRate) -> None:
        await rate_limits.ahit("rating", self.conversation.contact_id, self.ip)
        await rating.arate(self.conversation, frame.message_id, frame.rating or "", frame.comment)

    async def hand_off(self, frame: frames.Handoff) -> None:
        await rate_limits.ahit("handoff", self.conversation.contact_id, self.ip)
        await handoff.ahand_off(self.conversation, handoff.reason_of(frame.reason), by_customer=True)

    async def typing(self, frame: frames.Typing) -> None:
        """Ignored for now."""

    async def ping(self, frame: frames.Ping) -> None:
        await self.send_event({"type": "pong"})

    FRAMES = {
        "hello": hello,
        "message.send": send_message,
        "reply.stop": stop,
        "message.rate": rate,
        "conversation.handoff": hand_off,
        "typing": typing,
        "ping": ping,
    }

    # --- the events ---

    async def follow(self, place: Place) -> None:
        """Send every event of the conversation; restart from a snapshot if the events no longer exist."""
        while True:
            try:
                async with aclosing(stream.follow(self.conversation.pk, place)) as events:
                    async for event in events:
                        await self.send_event(self.as_seen_here(event))
            except EpochGone:
                try:
                    place, messages = await session.snapshot(self.conversation)
                    await self.send_event(session.ready(self.visitor, self.conversation, place, messages))
                except NotFound:
                    self.ending = asyncio.create_task(self.refuse(IdentityInvalid(ERASED)))  # cancels this task
                    return
                except DOWN:
                    await asyncio.sleep(1)  # then try again

    def as_seen_here(self, event: dict[str, Any]) -> dict[str, Any]:
        """Turn `message.created` into `message.accepted` for messages that this socket sent."""
        if event["type"] != "message.created" or event["message"]["client_ref"] not in self.sent:
            return event
        return as_accepted(event)
