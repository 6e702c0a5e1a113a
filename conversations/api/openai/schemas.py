"""What an OpenAI client sends, and what it expects to get: read and written without any I/O."""

import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from assistant.errors import ServiceError
from conversations.api.openai.history import HistoryTurn
from conversations.models import Message

MODEL = "brevity"
FINISH = {Message.Status.INCOMPLETE: "length"}  # everything else that has a text is "stop"
ROLES = {"user": Message.Role.CUSTOMER, "assistant": Message.Role.ASSISTANT}


class RequestRefused(ServiceError):
    """`param` in the details names the parameter."""

    code = "invalid_request"
    sentence = "The request is not valid."


class Unsupported(RequestRefused):
    code = "unsupported_parameter"


class Part(BaseModel):
    type: str
    text: str = ""


class Turn(BaseModel):
    """Anything but what a user or the assistant said is read over: the instructions are the workspace's own."""

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    content: str | list[Part] | None = None

    def text(self) -> str:
        if not isinstance(self.content, list):
            return self.content or ""
        if strange := [part.type for part in self.content if part.type not in ("text", "refusal")]:
            raise Unsupported(f"Content of type {strange[0]} is not supported.", param="messages")
        return "\n".join(part.text for part in self.content if part.type == "text")


class StreamOptions(BaseModel):
    include_usage: bool = False


class ResponseFormat(BaseModel):
    type: str = "text"


class ChatRequest(BaseModel):
    """What has a meaning here. Sampling parameters are the workspace's own, and ignored."""

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
    user_verified: StrictBool = False  # ours: the key's owner knows that `user` is who writes

    def dialogue(self) -> list[HistoryTurn]:
        """The messages of user and assistant, the question last.

        Raises:
            Unsupported, RequestRefused
        """
        said = [HistoryTurn(ROLES[turn.role], turn.text()) for turn in self.messages if turn.role in ROLES]
        said = [turn for turn in said if turn.text.strip() or turn is said[-1]]
        if not said or said[-1].role != Message.Role.CUSTOMER:
            raise RequestRefused("The last message must have the role user.", param="messages")
        return said


def read(body: Any) -> ChatRequest:
    """
    Raises:
        RequestRefused: not a request of this API.
        Unsupported: it asks for what we do not do.
    """
    if not isinstance(body, dict):
        raise RequestRefused("The request is not a JSON object.")
    try:
        asked = ChatRequest.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        param = ".".join(str(part) for part in first["loc"])
        raise RequestRefused(f"{param}: {first['msg']}", param=param) from error
    refused = {
        "n": asked.n not in (None, 1),
        "tools": bool(asked.tools),
        "functions": bool(asked.functions),
        "audio": asked.audio is not None,
        "response_format": asked.response_format is not None and asked.response_format.type != "text",
    }
    for param in (name for name, is_refused in refused.items() if is_refused):
        raise Unsupported(f"{param} is not supported here.", param=param)
    return asked


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
    """What the model was given and gave, by the receipt: zero for an answer from the cache."""
    tokens = (reply.receipt or {}).get("tokens", {}) if reply else {}
    prompt, written = tokens.get("prompt", 0), tokens.get("completion", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
        "prompt_tokens_details": {"cached_tokens": tokens.get("prompt_cached", 0)},
    }


def annotations(text: str, reply: Message | None) -> list[dict[str, Any]]:
    """A `url_citation` for every [n] in the text; the indices are of characters."""
    found = []
    for citation in reply.citations if reply else []:
        mark = f"[{citation['n']}]"
        start = text.find(mark)
        while start >= 0:
            place = {"start_index": start, "end_index": start + len(mark)}
            source = {"title": citation["title"], "url": citation["url"]}
            found.append({"type": "url_citation", "url_citation": {**place, **source}})
            start = text.find(mark, start + len(mark))
    return sorted(found, key=lambda each: each["url_citation"]["start_index"])
