"""Limits on the size and duration of a request body, counted while it arrives."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from assistant.errors import ServiceError
from assistant.rest.errors import RequestTooLarge, as_json_response

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
FORM_BYTES = 65_536  # overhead around a file in a form
LET_PASS_BYTES = 30_000_000
LET_PASS_S = 10.0


class TooMuch(Exception):
    """The body is larger than allowed."""


class TooSlow(ServiceError):
    code = "request_timeout"
    http_status = 408
    sentence = "The request took too long to arrive."


class BodyLimit:
    """Runs before Django, which would write a body of any length to disk before checking it."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        most = most_bytes(scope["path"])
        try:
            if announced_bytes(scope) > most:
                raise TooMuch
            await self.application(scope, counted(receive, most), send)
        except TooMuch:
            await discard_body(receive)
            await refuse(scope, send, RequestTooLarge())
        except TooSlow as error:
            await refuse(scope, send, error)


def most_bytes(path: str) -> int:
    uploads = (most for begins, most in settings.BODY_MAX_BYTES_AT.items() if _begins(begins).match(path))
    return max((most + FORM_BYTES for most in uploads), default=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


@cache
def _begins(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def announced_bytes(scope: dict[str, Any]) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0][:18]) if lengths and lengths[0].isdigit() else 0  # a longer number exceeds every limit


def counted(receive: Receive, most: int) -> Receive:
    """Wrap `receive`: raise TooMuch after more than `most` bytes, and TooSlow after BODY_TIMEOUT_S."""
    received = 0
    due: float | None = asyncio.get_running_loop().time() + settings.BODY_TIMEOUT_S

    async def receive_counting() -> dict[str, Any]:
        nonlocal received, due
        try:
            async with asyncio.timeout_at(due):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        received += len(message.get("body", b""))
        if received > most:
            raise TooMuch
        due = due if message.get("more_body") else None  # after the body only a disconnect can come
        return message

    return receive_counting


async def discard_body(receive: Receive) -> None:
    """Read and discard the rest, within limits, because a client that is still sending does not read the response."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LET_PASS_S):
            left = LET_PASS_BYTES
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


async def refuse(scope: dict[str, Any], send: Send, error: ServiceError) -> None:
    response = as_json_response(error, ASGIRequest(scope, io.BytesIO()))
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    headers += [(b"connection", b"close"), (b"content-length", str(len(response.content)).encode())]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
