"""HTTP client for OpenAI-compatible servers: one per event loop, with a limit on response size."""

from __future__ import annotations

import asyncio
import json
import re
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import openai

from assistant.egress import guard
from assistant.egress.guard import EgressBlocked
from assistant.llm.engines.base import EngineError, EngineRefused, EngineUnavailable
from assistant.llm.engines.openai_addresses import AddressRefused, PublicOnly
from assistant.llm.engines.openai_failures import without_key

# Temporary failures in addition to 5xx: they say nothing about the request.
PASSING_STATUS = (408, 409, 425, 429)
AZURE_HOST = re.compile(r"\.(?:openai\.azure\.com|cognitiveservices\.azure\.com|azure-api\.net)\Z", re.I)


class StreamTooLong(Exception):
    """The server sent more than the maximum size of an answer."""


class LimitedStream(httpx2.AsyncByteStream):
    """Passes bytes through up to a maximum; a line without an end would otherwise fill the memory."""

    def __init__(self, stream: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self.stream = stream
        self.left = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.stream:
            self.left -= len(chunk)
            if self.left < 0:
                raise StreamTooLong
            yield chunk

    async def aclose(self) -> None:
        await self.stream.aclose()


class LimitedTransport(httpx2.AsyncHTTPTransport):
    def __init__(self, max_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self.max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        guard.require(request.url.host, request.url.port)
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = LimitedStream(response.stream, self.max_bytes)
        return response


class GuardedTransport(httpx2.HTTPTransport):
    """Applies the egress guard to synchronous clients."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        guard.require(request.url.host, request.url.port)
        return super().handle_request(request)


def address(base_url: str, api_key: str) -> dict[str, Any]:
    """Return the arguments for an SDK client: base URL, key, default query and headers.

    A query such as Azure's `?api-version=` is added to each request. Azure expects its key in a header of its own.
    """
    url, _, query = base_url.partition("?")
    named: dict[str, Any] = {
        "base_url": url,
        "api_key": api_key or "none",  # the SDK requires a value, even for servers without keys
    }
    if asked := dict(parse_qsl(query, keep_blank_values=True)):
        named["default_query"] = asked
    if api_key and ("api-version" in asked or AZURE_HOST.search(urlsplit(url).hostname or "")):
        named["default_headers"] = {"api-key": api_key}
    return named


class Clients:
    """Keeps one client for each event loop, because connections belong to the loop that opened them.

    With `public_only`, servers in our own network are not called: see PublicOnly.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        timeout: httpx2.Timeout,
        max_bytes: int,
        proxy_url: str,
        *,
        public_only: bool = False,
    ) -> None:
        self.address = address(base_url, api_key)
        self.secret = api_key
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.proxy_url = proxy_url or None
        self.public_only = public_only
        self._of_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = (
            weakref.WeakKeyDictionary()
        )
        self._calls: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, int] = weakref.WeakKeyDictionary()
        self._closing: set[asyncio.Task[None]] = set()
        self._is_retired = False

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the client of this loop open while a call is running."""
        loop = asyncio.get_running_loop()
        self._calls[loop] = self._calls.get(loop, 0) + 1
        try:
            yield
        finally:
            self._calls[loop] -= 1
            self._close_if_idle(loop)

    def retire(self) -> None:
        """Close the client of each loop when its last call has ended. May be called from any thread."""
        self._is_retired = True
        for loop in list(self._of_loop):
            with suppress(RuntimeError):  # the loop is closed, and so are its connections
                loop.call_soon_threadsafe(self._close_if_idle, loop)

    def _close_if_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_retired or self._calls.get(loop) or loop.is_closed():
            return
        if client := self._of_loop.pop(loop, None):
            task = loop.create_task(client.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close the client of this loop."""
        if client := self._of_loop.pop(asyncio.get_running_loop(), None):
            await client.close()

    def here(self) -> openai.AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._of_loop:
            self._of_loop[loop] = self._new()
        return self._of_loop[loop]

    def _new(self) -> openai.AsyncOpenAI:
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=20)
        transport: httpx2.AsyncBaseTransport = LimitedTransport(self.max_bytes, limits=limits, proxy=self.proxy_url)
        if self.public_only:
            transport = PublicOnly(transport, through_proxy=self.proxy_url is not None)
        # Use only the proxy configured for models: a forgotten HTTP_PROXY in front of a model on localhost would be
        # hard to find.
        client = httpx2.AsyncClient(transport=transport, timeout=self.timeout, trust_env=False)
        # Compressed answers would be limited only by their compressed size.
        headers = {"Accept-Encoding": "identity", **self.address.get("default_headers", {})}
        return openai.AsyncOpenAI(
            **self.address | {"default_headers": headers},
            max_retries=0,  # the router has the only retry loop
            http_client=client,
        )


@contextmanager
def our_errors(secret: str = "") -> Iterator[None]:
    """Turn errors of the SDK and transport into EngineUnavailable or EngineRefused.

    `reason` is "http_429" and the like for a status, "unreachable" or "time_out" for connection problems,
    "upstream_invalid" for unreadable responses, and "egress_blocked" for a server that may not be called. Some servers
    repeat the key in their errors, so `secret` is removed from messages, and tracebacks leave out the server's text.
    """
    try:
        yield
    except EngineError as error:
        if not secret or secret not in str(error):
            raise
        raise type(error)(without_key(str(error), secret), reason=error.reason) from None
    except openai.APIStatusError as error:
        raise of_status(error, secret) from None  # the original has the server's text, which may include the key
    except (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError) as error:
        raise EngineUnavailable("the model server does not answer in time", reason="time_out") from error
    except (openai.APIConnectionError, httpx2.TransportError, EgressBlocked) as error:
        raise of_connection(error, secret) from error
    except openai.APIError as error:  # the server wrote `data: {"error": ...}` into its stream
        sentence = without_key(f"the model server failed: {error.message}", secret)
        raise EngineUnavailable(sentence, reason="upstream_error") from None
    except (StreamTooLong, json.JSONDecodeError, UnicodeDecodeError) as error:
        # Leave out the error itself, as it contains the response.
        sentence = f"the model server sent something else: {type(error).__name__}"
        raise EngineUnavailable(sentence, reason="upstream_invalid") from None


def of_connection(error: Exception, secret: str = "") -> EngineUnavailable | EngineRefused:
    if isinstance(refused := error.__cause__ or error, AddressRefused):
        return EngineRefused(str(refused), reason="address_refused")
    if isinstance(error, EgressBlocked):
        return EngineRefused(str(error), reason=error.code)
    sentence = without_key(f"the model server cannot be reached: {error}", secret)
    return EngineUnavailable(sentence, reason="unreachable")


def of_status(error: openai.APIStatusError, secret: str = "") -> EngineUnavailable | EngineRefused:
    status = error.status_code
    message = without_key(error.message, secret)[:200]
    sentence, reason = f"the model server answered {status}: {message}", f"http_{status}"
    if status >= 500 or status in PASSING_STATUS:
        return EngineUnavailable(sentence, reason=reason, retry_after_s=retry_after_s(error))
    return EngineRefused(sentence, reason=reason)


def retry_after_s(error: openai.APIStatusError) -> float | None:
    """Return the Retry-After header in seconds. Dates are ignored, as model servers do not send them."""
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
