"""REST views of messages, blocking or streamed."""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant.rest.async_views import AsyncAPIView
from assistant.rest.pagination import Pages
from assistant.rest.schema import EVENT, EVENTS
from assistant.rest.validation import validated
from conversations.api.rest import sse
from conversations.api.rest.authentication import CallerAuthentication, KeyOrVisitor, count, visitor_ip
from conversations.api.rest.serializers import ExchangeSerializer, MessageDraft, MessageSerializer, RatingDraft
from conversations.events import stream
from conversations.events.stream import Place
from conversations.identity.permissions import Caller, access_conversation, access_message
from conversations.messaging import rating
from conversations.models import Message
from conversations.replies import submit, wait_for_reply

aaccess_conversation = database_sync_to_async(access_conversation, thread_sensitive=False)
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID", OpenApiTypes.STR, OpenApiParameter.HEADER, description="With `stream`: continue after this event."
)


def shown(message: Message | None, caller: Caller) -> dict[str, Any] | None:
    """Return a message as JSON, with the receipt for API keys only."""
    if message is None:
        return None
    return message.as_json() | ({"receipt": message.receipt} if caller.key else {})


class Messages(AsyncAPIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    pagination_class = Pages
    scopes = {"GET": "conversations:read", "POST": "conversations:write"}
    ordering = ("seq",)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate the caller, then validate and store the message, all in one worker thread."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            self.conversation = access_conversation(request.auth, kwargs["conversation_id"])
            self.draft = draft = validated(MessageDraft, request.data)
            message = (draft["text"], client_ref_of(request, draft), draft["attachments"])
            self.accepted = submit.admit(self.conversation, *message, ip=visitor_ip(request))

    @extend_schema(operation_id="messages_list", responses=MessageSerializer(many=True))
    async def get(self, request: Request, conversation_id: uuid.UUID) -> HttpResponseBase:
        """List the messages of a conversation, oldest first."""
        return await sync_to_async(self.page)(request, conversation_id)

    def page(self, request: Request, conversation_id: uuid.UUID) -> Response:
        conversation = access_conversation(request.auth, conversation_id)
        messages = conversation.messages.select_related("author")
        if request.auth.key is None:
            messages = messages.said()
        pages = Pages()
        rows = pages.paginate_queryset(messages, request, self)
        return pages.get_paginated_response([shown(message, request.auth) for message in rows])

    @extend_schema(
        operation_id="messages_create",
        request=MessageDraft,
        parameters=[LAST_EVENT_ID],
        responses={
            201: ExchangeSerializer,
            202: ExchangeSerializer,
            EVENTS: EVENT,
        },
    )
    async def post(self, request: Request, conversation_id: uuid.UUID) -> HttpResponseBase:
        """Send a message as the customer and wait for the reply.

        201 returns the finished reply; 202 means it is still being written after REST_WAIT_S. With `stream`
        the response is a stream of events that ends with the reply.
        """
        conversation, accepted = self.conversation, self.accepted
        if not self.draft["stream"]:
            reply = await wait_for_reply.announced(conversation, accepted)
            body = {"message": shown(accepted.message, request.auth), "reply": shown(reply, request.auth)}
            return Response(body, status=201 if reply is None or reply.is_finished else 202)
        before = await stream.place(conversation.pk)
        await submit.announce(conversation, accepted)
        resumed = sse.place_after(request.headers.get("Last-Event-ID"))
        start = resumed or (before if accepted.is_new else Place(before.epoch, 0))
        frames = sse.exchange(conversation, accepted, start, resumed=resumed is not None)
        return sse.respond(sse.while_allowed(frames, request.auth))


def client_ref_of(request: Request, draft: dict[str, Any]) -> uuid.UUID | None:
    """Return the message's client_ref; without one, derive it from the Idempotency-Key, so that streams can resume."""
    key, caller = request.headers.get("Idempotency-Key"), request.headers.get("Authorization")
    return draft.get("client_ref") or (uuid.uuid5(uuid.NAMESPACE_OID, f"{caller} {key}") if key else None)


class Events(AsyncAPIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"GET": "conversations:read"}

    @extend_schema(
        operation_id="conversations_events",
        parameters=[LAST_EVENT_ID],
        responses={EVENTS: EVENT},
    )
    async def get(self, request: Request, conversation_id: uuid.UUID) -> HttpResponseBase:
        """Follow a conversation through server-sent events. Send `Last-Event-ID` to resume."""
        conversation = await aaccess_conversation(request.auth, conversation_id)
        after = sse.place_after(request.headers.get("Last-Event-ID"))
        return sse.respond(sse.while_allowed(sse.conversation_events(conversation, after), request.auth))


class Rating(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyOrVisitor,)
    scopes = {"POST": "conversations:write"}

    @extend_schema(operation_id="messages_rate", request=RatingDraft, responses=MessageSerializer)
    def post(self, request: Request, message_id: uuid.UUID) -> Response:
        """Rate a reply."""
        count(request, "rating")
        message = access_message(request.auth, message_id)
        draft = validated(RatingDraft, request.data)
        rated = rating.rate(message.conversation, message.pk, draft["rating"] or "", draft["comment"])
        return Response(shown(rated, request.auth))
