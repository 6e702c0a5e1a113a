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
ERASED = "This session was ended."  # with all that was said in it
AWAY = (OperationalError, InterfaceError, RedisError, OSError)  # the database or Redis


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

    # Events come by `stream.follow`: a channel of its own in Redis, and a task listening to it, would be for nothing.
    channel_layer_alias = "none"
    visitor: Visitor | None = None
    conversation: Conversation
    origin: str = ""
    over = False  # closed by us; the client may not know it yet
    admitted = False  # among the sockets that this process may hold

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:  # also after an error: a place that is not given back is lost to this process
            if self.admitted:
                connections.dismiss()

    async def dispatch(self, message: Any) -> None:
        """Without a thread for old database connections: each of ours is given back by who asked for it."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.sent: set[str] = set()  # client_refs this socket asked with
        self.violations = 0
        self.following: asyncio.Task[None] | None = None
        self.waiting: asyncio.Task[None] | None = None
        self.access: access_expiry.Access | None = None
        self.ending: asyncio.Task[None] | None = None
        origins = [value for name, value in self.scope["headers"] if name == b"origin"]
        self.origin = origins[0].decode("latin-1") if len(origins) == 1 else ""
        self.ip = client_ip(self.scope.get("client"), self.scope["headers"])
        why_not: ServiceError = DependencyDown()
        try:
            if not self.origin or not await visitors.ais_registered(self.origin):
                await self.close()  # before it is accepted: a 403
                return
            self.admitted = connections.admit()
        except (OperationalError, InterfaceError) as error:
            log.warning("nobody can come in: %s", error)
            why_not = DatabaseDown()
        await self.accept()
        if not self.admitted:
            await self.refuse(why_not)
            return
        self.waiting = asyncio.create_task(self.expect_hello())

    async def expect_hello(self) -> None:
        await asyncio.sleep(settings.HELLO_TIMEOUT_S)
        if self.visitor is None:
            await self.refuse(HelloLate())

    async def disconnect(self, code: int) -> None:
        self.leave()

    def leave(self) -> None:
        """Stop following. The connection itself ends with its time-outs, if it has not ended yet."""
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
            log.warning("%s could not be done: %s", frame.type, error)
            ref = {"client_ref": str(frame.client_ref)} if frame.type == "message.send" else {}
            down = DatabaseDown(retry_after_s=2, **ref)
            if self.visitor is None:
                raise down from error
            await self.tell(down.as_event())

    @staticmethod
    def parse(text: str | None) -> Any:
        if text is None or len(text) > settings.FRAME_MAX_BYTES:
            raise BadFrame(f"Frames must be JSON text of at most {settings.FRAME_MAX_BYTES:,} bytes.")
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadFrame("This frame is not JSON.") from error

    async def refuse(self, error: ServiceError) -> None:
        """Say what was wrong, and close the socket where the error asks for it."""
        await self.tell(error.as_event())
        too_fast = isinstance(error, RateLimited)
        self.violations += too_fast
        lasts = self.violations >= settings.RATE_VIOLATIONS_MAX or self.visitor is None
        code = 4429 if too_fast and lasts else error.close_code
        if code:
            self.over = True
            await self.close(code)
            self.leave()

    def end(self, ended: asyncio.Future[ServiceError]) -> None:
        """Close the socket of a widget that was disabled, or of a session that was ended."""
        if not ended.cancelled() and not self.over:
            self.ending = asyncio.create_task(self.refuse(ended.result()))

    async def tell(self, event: dict[str, Any]) -> None:
        """Send one event. A client that does not read within SEND_TIMEOUT_S is given up."""
        try:
            async with asyncio.timeout(settings.SEND_TIMEOUT_S):
                await self.send(safe_json.dumps(event).decode())
        except OSError:  # it is gone, or (TimeoutError) does not read
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
        place, shown = await self.place_of(frame)
        await self.tell(session.ready(visitor, self.conversation, place, shown))
        self.following = asyncio.create_task(self.follow(place))

    async def place_of(self, frame: frames.Hello) -> tuple[Place, list[dict[str, Any]] | None]:
        """Where the client stands; with a snapshot when it has nothing, or its events are gone."""
        try:
            if frame.conversation and frame.epoch and frame.after_seq is not None:
                place = Place(frame.epoch, frame.after_seq)
                try:
                    await stream.read(self.conversation.pk, place, count=1)
                    return place, None
                except EpochGone:
                    pass  # a snapshot, then
            return await session.snapshot(self.conversation)
        except (RedisError, OSError) as error:
            raise DependencyDown from error

    async def say(self, frame: frames.MessageSend) -> None:
        ref = str(frame.client_ref)
        self.sent.add(ref)
        try:
            said = (frame.text, frame.client_ref, frame.attachments)
            if not self.conversation.last_seq:  # later messages re-read it under its lock
                self.conversation = await session.arefreshed(self.conversation)
            accepted, event = await submit.submit(self.conversation, *said, ip=self.ip)
        except ServiceError as error:
            error.details.setdefault("client_ref", ref)
            raise
        if not accepted.is_new or "seq" not in event:  # else the follower tells it, in its place
            await self.tell(self.as_seen_here(event))

    async def stop(self, frame: frames.ReplyStop) -> None:
        await runner.stop(self.conversation, frame.message_id)

    async def rate(self, frame: frames.MessageRate) -> None:
        await rate_limits.ahit("rating", self.conversation.contact_id, self.ip)
        await rating.arate(self.conversation, frame.message_id, frame.rating or "", frame.comment)

    async def hand_off(self, frame: frames.Handoff) -> None:
        await rate_limits.ahit("handoff", self.conversation.contact_id, self.ip)
        await handoff.ahand_off(self.conversation, handoff.reason_of(frame.reason), by_customer=True)

    async def typing(self, frame: frames.Typing) -> None:
        """Nothing follows from it yet but that the socket lives."""

    async def ping(self, frame: frames.Ping) -> None:
        await self.tell({"type": "pong"})

    FRAMES = {
        "hello": hello,
        "message.send": say,
        "reply.stop": stop,
        "message.rate": rate,
        "conversation.handoff": hand_off,
        "typing": typing,
        "ping": ping,
    }

    # --- the events ---

    async def follow(self, place: Place) -> None:
        """Tell every event of the conversation; begin again from a snapshot when they are gone."""
        while True:
            try:
                async with aclosing(stream.follow(self.conversation.pk, place)) as followed:
                    async for event in followed:
                        await self.tell(self.as_seen_here(event))
            except EpochGone:
                try:
                    place, shown = await session.snapshot(self.conversation)
                    await self.tell(session.ready(self.visitor, self.conversation, place, shown))
                except NotFound:
                    self.ending = asyncio.create_task(self.refuse(IdentityInvalid(ERASED)))  # which cancels this task
                    return
                except AWAY:
                    await asyncio.sleep(1)  # the next round asks again

    def as_seen_here(self, event: dict[str, Any]) -> dict[str, Any]:
        """A message that this socket sent is `message.accepted` here, and `message.created` elsewhere."""
        if event["type"] != "message.created" or event["message"]["client_ref"] not in self.sent:
            return event
        kept = {name: event[name] for name in ("conversation", "seq", "at", "message_id") if name in event}
        return {"type": "message.accepted", "client_ref": event["message"]["client_ref"], **kept}
