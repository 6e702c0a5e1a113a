"""Requests and responses of the OpenAI-compatible API, parsed and built without I/O."""

import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from assistant.errors import ServiceError
from conversations.api.openai.history import HistoryTurn
from conversations.models import Message

MODEL = "brevity"
FINISH = {Message.Status.INCOMPLETE: "length"}  # "stop" for any other status
ROLES = {"user": Message.Role.CUSTOMER, "assistant": Message.Role.ASSISTANT}


class RequestRefused(ServiceError):
    """An invalid request. `param` in the details names the parameter."""

    code = "invalid_request"
    sentence = "The request is not valid."


class Unsupported(RequestRefused):
    code = "unsupported_parameter"


class Part(BaseModel):
    type: str
    text: str = ""


class Turn(BaseModel):
    """A message of the dialogue. Only the roles user and assistant count; instructions come from the workspace."""

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        if not isinstance(self.content, list):
            return self.content or ""
        if unknown := [part.type for part in self.content if part.type not in ("text", "refusal")]:
            raise Unsupported(f"Content of type {unknown[0]} is not supported.", param="messages")
        return "\n".join(part.text for part in self.content if part.type == "text")


class StreamOptions(BaseModel):
    include_usage: bool = False


class ResponseFormat(BaseModel):
    type: str = "text"


class ChatRequest(BaseModel):
    """The supported parameters. Others, such as sampling parameters, are ignored: the workspace sets its own."""

    model_config = ConfigDict(extra="ignore")

    model: Annotated[str, Field(min_length=1, max_length=200)] = MODEL
    messages: Annotated[list[Turn], Field(min_length=1, max_length=2000)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = 1
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    audio: Any = None
    response_format: ResponseFormat | None = None
    user: Annotated[str, Field(max_length=255)] | None = None
    user_verified: StrictBool = False  # our extension: the owner of the key has verified that `user` wrote this

    def dialogue(self) -> list[HistoryTurn]:
        """Return the messages of user and assistant, the question last.

        Raises:
            Unsupported: a message has content that is not text.
            RequestRefused: the last message is not the user's.
        """
        turns = [HistoryTurn(ROLES[turn.role], turn.text()) for turn in self.messages if turn.role in ROLES]
        turns = [turn for turn in turns if turn.text.strip() or turn is turns[-1]]
        if not turns or turns[-1].role != Message.Role.CUSTOMER:
            raise RequestRefused("The last message must have the role user.", param="messages")
        return turns


def read(body: Any) -> ChatRequest:
    """Parse the JSON body of a request.

    Raises:
        RequestRefused: the body is not valid.
        Unsupported: a parameter is valid but not supported.
    """
    if not isinstance(body, dict):
        raise RequestRefused("The request is not a JSON object.")
    try:
        request = ChatRequest.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        param = ".".join(str(part) for part in first["loc"])
        raise RequestRefused(f"{param}: {first['msg']}", param=param) from error
    unsupported = {
        "n": request.n not in (None, 1),
        "tools": bool(request.tools),
        "functions": bool(request.functions),
        "audio": request.audio is not None,
        "response_format": request.response_format is not None and request.response_format.type != "text",
    }
    for param in (name for name, is_unsupported in unsupported.items() if is_unsupported):
        raise Unsupported(f"{param} is not supported here.", param=param)
    return request


def completion(reply_id: str, text: str, reply: Message | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": annotations(text, reply)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(reply)}
    return _envelope("chat.completion", reply_id, choices=[choice], usage=usage(reply))


def chunk(reply_id: str, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _envelope("chat.completion.chunk", reply_id, choices=[choice])


def usage_chunk(reply_id: str, reply: Message | None) -> dict[str, Any]:
    return _envelope("chat.completion.chunk", reply_id, choices=[], usage=usage(reply))


def _envelope(kind: str, reply_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"chatcmpl-{reply_id}", "object": kind, "created": int(time.time()), "model": MODEL, **fields}


def finish_reason(reply: Message | None) -> str:
    return FINISH.get(Message.Status(reply.status), "stop") if reply else "stop"


def usage(reply: Message | None) -> dict[str, Any]:
    """Return the tokens of the reply by its receipt; zero for a cached answer."""
    tokens = (reply.receipt or {}).get("tokens", {}) if reply else {}
    prompt_tokens, completion_tokens = tokens.get("prompt", 0), tokens.get("completion", 0)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": tokens.get("prompt_cached", 0)},
    }


def annotations(text: str, reply: Message | None) -> list[dict[str, Any]]:
    """Return a `url_citation` for every [n] in the text, in order; indices count characters."""
    citations = []
    for citation in reply.citations if reply else []:
        mark = f"[{citation['n']}]"
        start = text.find(mark)
        while start >= 0:
            span = {"start_index": start, "end_index": start + len(mark)}
            source = {"title": citation["title"], "url": citation["url"]}
            citations.append({"type": "url_citation", "url_citation": {**span, **source}})
            start = text.find(mark, start + len(mark))
    return sorted(citations, key=lambda each: each["url_citation"]["start_index"])
