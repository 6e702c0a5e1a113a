"""The OpenAI-compatible API: chat completions and models."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assistant import safe_json
from assistant.errors import NotFound, ServiceError
from assistant.rest.async_views import AsyncAPIView
from assistant.rest.schema import EVENT, EVENTS
from conversations.api.openai import history, schemas
from conversations.api.openai.schemas import ChatRequest
from conversations.api.openai.streaming import ReplyFailed, pieces
from conversations.api.rest import sse
from conversations.api.rest.authentication import CallerAuthentication, KeyAlone
from conversations.canned_responses import phrase
from conversations.events import stream
from conversations.events.stream import Place
from conversations.identity.permissions import Caller
from conversations.messaging.store import Accepted
from conversations.models import Conversation, Message
from conversations.replies import runner, submit, wait_for_reply

DONE = b"data: [DONE]\n\n"


class ReplyLate(ServiceError):
    code = "timeout"
    http_status = 504
    sentence = "The assistant did not answer in time. Please try again."


class Completions(AsyncAPIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"POST": "chat:completions"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate the caller, then validate and store the question, all in one worker thread."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            self.chat_request = schemas.read(request.data)
            dialogue = self.chat_request.dialogue()
            user = {"user": self.chat_request.user or "", "verified": self.chat_request.user_verified}
            self.conversation = history.claim_conversation(request.auth, dialogue, **user)
            self.is_new = self.conversation._state.adding
            self.accepted = submit.admit(self.conversation, dialogue[-1].text)

    @extend_schema(
        operation_id="chat_completions",
        request=ChatRequest,
        responses={(200, "application/json"): OpenApiTypes.OBJECT, EVENTS: EVENT},
    )
    async def post(self, request: Request) -> HttpResponseBase:
        """Create a chat completion, compatible with OpenAI. Sampling parameters and system messages are ignored."""
        if not self.chat_request.stream:
            body = safe_json.dumps(await whole(self.conversation, self.accepted, is_new=self.is_new))
            return HttpResponse(body, content_type="application/json")  # DRF would render a Response in a thread
        before = await stream.place(self.conversation.pk)
        await submit.announce(self.conversation, self.accepted)
        return sse.respond(streamed(self.chat_request, self.conversation, self.accepted, before))


class Models(APIView):
    authentication_classes = (CallerAuthentication,)
    permission_classes = (KeyAlone,)
    scopes = {"GET": "chat:completions"}

    @extend_schema(operation_id="chat_models", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """List the available models. There is one: the workspace's assistant."""
        return Response({"object": "list", "data": [described(request.auth)]})


def described(caller: Caller) -> dict[str, Any]:
    created = int(caller.workspace.created_at.timestamp())
    return {"id": schemas.MODEL, "object": "model", "created": created, "owned_by": caller.workspace.slug}


async def whole(conversation: Conversation, accepted: Accepted, *, is_new: bool) -> dict[str, Any]:
    """Wait for the reply and return the completion.

    If the answer was stored together with a new conversation, no events are published, because nobody knows the
    conversation's id and can follow it.

    Raises:
        ReplyFailed: the assistant could not answer.
        ReplyLate: the reply was not finished after REST_WAIT_S. It is stopped.
    """
    reply = accepted.reply
    if not (is_new and reply and reply.is_finished):
        reply = await wait_for_reply.announced(conversation, accepted)
    if reply is not None and not reply.is_finished:
        await runner.stop(conversation, reply.pk)
        raise ReplyLate
    if reply is not None and reply.status == Message.Status.FAILED:
        raise ReplyFailed
    text = reply.text if reply else phrase("handoff", conversation.locale)
    return schemas.completion(reply_id(accepted), text, reply)


async def streamed(
    chat_request: ChatRequest, conversation: Conversation, accepted: Accepted, before: Place
) -> AsyncGenerator[bytes, None]:
    """Yield the completion as chunks. If the client disconnects, the reply is stopped, because it cannot resume."""
    name, text, is_over = reply_id(accepted), "", False
    yield data(schemas.chunk(name, {"role": "assistant", "content": ""}))
    try:
        async with aclosing(pieces(conversation, accepted, before)) as new_pieces:
            async for piece in new_pieces:
                text += piece
                yield data(schemas.chunk(name, {"content": piece})) if piece else sse.COMMENT
        is_over = True
    except (ReplyFailed, NotFound) as error:  # NotFound: the conversation was erased
        is_over = True
        yield data({"error": {"message": error.sentence, "type": "server_error", "param": None, "code": error.code}})
        return
    finally:
        if not is_over and accepted.reply:
            await runner.stop(conversation, accepted.reply.pk)
    reply = await wait_for_reply.afetch(accepted.reply.pk) if accepted.reply else None
    if annotations := schemas.annotations(text, reply):
        yield data(schemas.chunk(name, {"annotations": annotations}))
    yield data(schemas.chunk(name, {}, schemas.finish_reason(reply)))
    if chat_request.stream_options and chat_request.stream_options.include_usage:
        yield data(schemas.usage_chunk(name, reply))
    yield DONE


def reply_id(accepted: Accepted) -> str:
    return (accepted.reply or accepted.message).pk.hex


def data(fields: dict[str, Any]) -> bytes:
    return b"data: " + safe_json.dumps(fields) + b"\n\n"
