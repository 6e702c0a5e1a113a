"""Explain failures of model servers in a sentence that says what to do, without ever including the API key."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import openai

from assistant.egress.guard import EgressBlocked
from assistant.llm.engines.openai_addresses import AddressRefused

UNKNOWN_MODEL = re.compile(
    r"model.{0,200}(?:not.?found|not exist|unknown|invalid|no such|not a valid|not available|not supported)|"
    r"(?:unknown|invalid|no such|not.?found).{0,20}model|DeploymentNotFound|pull.{0,20}model",
    re.I | re.S,
)
KEY_START_CHARS = 6  # servers repeat the start of a key, and sometimes all of it
SAID_MAX_CHARS = 200
NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` is stable: wrong_key, wrong_url, unknown_model, unreachable, address_refused, tls, proxy, time_out, quota,
    refused, egress_blocked, upstream.

    `said` is the server's own text. `is_of_model_server` means that it has the form of an OpenAI API error. Otherwise
    it may come from any server, and only superusers may see it.
    """

    code: str
    sentence: str
    said: str = ""
    is_of_model_server: bool = False


def without_key(text: str, key: str) -> str:
    """Return the text without the key and without any word that begins like it."""
    if not key:
        return text
    return re.sub(re.escape(key[:KEY_START_CHARS]) + r"\S*", "[API key]", text.replace(key, "[API key]"))


def explain(
    error: BaseException, *, key: str = "", base_url: str = "", model: str = "", names: Sequence[str] | None = None
) -> Failure:
    if isinstance(error, EgressBlocked):
        return Failure(error.code, str(error))
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, key, base_url, model, names or ())
    if isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException):
        return Failure("time_out", "The server did not answer in time. A local model may still be loading: try again.")
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError | httpx2.InvalidURL):
        return _of_connection(error, base_url)
    if isinstance(error, ValueError | LookupError | TypeError | AttributeError):
        return Failure(
            "wrong_url",
            f"{base_url} answers, but not as a server with the OpenAI API does. Check the base URL: it often ends "
            "in /v1.",
        )
    return Failure("upstream", "The server failed.", without_key(str(error), key)[:SAID_MAX_CHARS])


def _of_status(error: openai.APIStatusError, key: str, base_url: str, model: str, names: Sequence[str]) -> Failure:
    status, body = error.status_code, error.body
    message = body.get("message") if isinstance(body, dict) else None
    said = without_key(str(message or error.message), key)[:SAID_MAX_CHARS]
    if status in (401, 403):  # the server's text often repeats the key here
        return Failure(
            "wrong_key", f"The server refuses the API key ({status}). Check that it is whole and of this provider."
        )
    if 300 <= status < 400:
        where = without_key(error.response.headers.get("location", ""), key)[:SAID_MAX_CHARS]
        sentence = "The server redirects to another address. Redirects are not followed: enter the final URL."
        return Failure("wrong_url", sentence, where)
    if UNKNOWN_MODEL.search(said) and status in (400, 404, 422):
        return Failure("unknown_model", f"The server does not know the model {model}.{_others(names)}")
    if status in (404, 405):
        return Failure(
            "wrong_url", f"There is no chat at {base_url} ({status}). Check the base URL: it often ends in /v1."
        )
    words = (said, _is_of_model_server(error))
    if status in (402, 429):
        return Failure("quota", f"The server accepts no more requests now ({status}).", *words)
    if status >= 500:
        return Failure("upstream", f"The server failed ({status}).", *words)
    return Failure("refused", f"The server refuses the request ({status}).", *words)


def _is_of_model_server(error: openai.APIStatusError) -> bool:
    """Return whether the response has the form of an API error: `{"error": {"message": "..."}}`."""
    try:
        body = error.response.json()
    except (ValueError, httpx2.StreamError):
        return False
    inner = body.get("error") if isinstance(body, dict) else None
    return isinstance(inner, dict) and isinstance(inner.get("message"), str)


def _others(names: Sequence[str]) -> str:
    if not names:
        return " Check the name."
    return f" It offers {', '.join(names[:NAMES_SHOWN])}{' and others' if len(names) > NAMES_SHOWN else ''}."


def _of_connection(error: BaseException, base_url: str) -> Failure:
    place = urlsplit(base_url).netloc or base_url
    causes = list(_causes(error))
    if refused := next((cause for cause in causes if isinstance(cause, AddressRefused)), None):
        return Failure("address_refused", str(refused))
    if any(isinstance(cause, httpx2.UnsupportedProtocol | httpx2.InvalidURL) for cause in causes):
        return Failure("wrong_url", f"{base_url} is no valid URL.")
    if any(isinstance(cause, httpx2.ProxyError) for cause in causes):
        return Failure("proxy", "The proxy of MODEL_PROXY_URL does not let the request through.")
    if any(isinstance(cause, ssl.SSLError) or "SSL" in str(cause) for cause in causes):
        return Failure("tls", f"No secure connection to {place}: check its certificate, and whether it speaks https.")
    if any(isinstance(cause, socket.gaierror) or "getaddrinfo" in str(cause) for cause in causes):
        return Failure("unreachable", f"There is no server named {place}. Check the base URL.")
    return Failure("unreachable", f"Nothing answers at {place}. Is the server running, and can this machine reach it?")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
