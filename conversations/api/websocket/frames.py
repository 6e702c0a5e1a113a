"""The frames that a client can send over the WebSocket, with their validation."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.errors import BadFrame
from assistant.safe_json import NUMBER_MAX

Storable = Annotated[str, Field(pattern="^[^\0]*$")]  # Postgres cannot store NUL
# Postgres stores integers of any size, but most JSON encoders cannot write them.
Number = Annotated[int | float, Field(ge=-NUMBER_MAX, le=NUMBER_MAX)]
Short = Annotated[Storable, Field(max_length=255)]


class Frame(BaseModel):
    """A frame of the protocol. Unknown fields are ignored, so that newer clients work with older servers."""

    model_config = ConfigDict(extra="ignore", strict=False, frozen=True)


class Hello(Frame):
    type: Literal["hello"]
    widget: Short
    session: Annotated[str, Field(max_length=2_000)] | None = None
    identity: dict[str, Any] | None = None
    conversation: uuid.UUID | None = None
    after_seq: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    epoch: Short | None = None
    locale: Annotated[str, Field(max_length=10, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,2}$")] | None = None
    attributes: dict[Short, Storable | Number | bool] | None = None


class MessageSend(Frame):
    type: Literal["message.send"]
    client_ref: uuid.UUID
    text: str
    attachments: Annotated[list[uuid.UUID], Field(max_length=100)] = []


class ReplyStop(Frame):
    type: Literal["reply.stop"]
    message_id: uuid.UUID


class MessageRate(Frame):
    type: Literal["message.rate"]
    message_id: uuid.UUID
    rating: Literal["like", "dislike"] | None = None
    comment: Annotated[Storable, Field(max_length=2_000)] = ""


class Handoff(Frame):
    type: Literal["conversation.handoff"]
    reason: Short | None = None


class Typing(Frame):
    type: Literal["typing"]
    on: bool = True


class Ping(Frame):
    type: Literal["ping"]


AnyFrame = Annotated[
    Hello | MessageSend | ReplyStop | MessageRate | Handoff | Typing | Ping, Field(discriminator="type")
]
_FRAMES: TypeAdapter[Any] = TypeAdapter(AnyFrame)


def read(content: Any) -> Any:
    """Validate a frame, given as parsed JSON.

    Raises:
        BadFrame: not a valid frame; `field` and `reason` in the details say where and why.
    """
    try:
        return _FRAMES.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        ref = content.get("client_ref") if isinstance(content, dict) else None
        details = {"client_ref": ref} if isinstance(ref, str) else {}
        raise BadFrame(field=field, reason=first["msg"], **details) from error
