"""Call URLs chosen by others without reaching our own network (SSRF).

The name is resolved once, all its addresses must be public, and the connection goes to the checked address, so a
changed DNS answer has no effect. Redirects are not followed.
"""

import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpcore
import idna
from django.conf import settings

from assistant.egress import guard
from assistant.egress.guard import EgressBlocked
from assistant.public_addresses import is_public

ANSWER_MAX_BYTES = 65_536
WRITE_BYTES = 65_536


class AddressRefused(Exception):
    """The URL, or an address of its host, may not be called."""


class CallFailed(Exception):
    """No complete response: no connection, a time-out, or a broken response."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `body` is cut at the maximum to read."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


def check_url(url: str) -> str:
    """Return the URL with its host in ASCII, by IDNA (UTS 46).

    Raises:
        AddressRefused: not https (except for WEBHOOK_ALLOWED_PRIVATE), an invalid host, or a user and password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused("This is not a valid URL.") from error
    if not parts.hostname or parts.username or parts.password:
        raise AddressRefused("The URL must have a host, and no user name or password.")
    if not guard.is_allowed(parts.hostname, port):
        raise AddressRefused(str(EgressBlocked(parts.hostname)))
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_allowed(parts.hostname, port)):
        raise AddressRefused("The URL must begin with https://.")
    return url if parts.hostname.isascii() else url.replace(parts.netloc, _ascii(parts.hostname, parts.port), 1)


def _ascii(host: str, port: int | None) -> str:
    try:
        name = idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise AddressRefused(f"The host {host[:100]} is not a valid name: {error}") from error
    return f"{name}:{port}" if port else name


def call(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout_s: float,
    max_bytes: int = ANSWER_MAX_BYTES,
) -> Answer:
    """Call a URL and read the response, all within `timeout_s`, however slowly it arrives.

    Raises:
        AddressRefused, CallFailed
    """
    url = check_url(url)
    parts = urlsplit(url)
    guard.require(parts.hostname or "", parts.port or 443)
    deadline = monotonic() + timeout_s
    wait = {"connect": min(5.0, timeout_s), "read": timeout_s, "write": timeout_s, "pool": timeout_s}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls(), network_backend=_PublicOnly(deadline)) as pool,
            pool.stream(
                method, url, headers=list(headers.items()), content=body, extensions={"timeout": wait}
            ) as reply,
        ):
            return Answer(reply.status, _readable(reply.headers), _read(reply.iter_stream(), deadline, max_bytes))
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise CallFailed(f"{type(error).__name__}: {error}") from error


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context. Cached, because reading the certificates takes longer than most calls."""
    return ssl.create_default_context(cafile=certifi.where())


def _read(chunks: Iterable[bytes], deadline: float, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) >= max_bytes:
            return bytes(body[:max_bytes])
        if monotonic() > deadline:
            raise CallFailed("The server took too long to respond.")
    return bytes(body)


def _readable(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _is_allowed(host: str, port: int) -> bool:
    return f"{host}:{port}" in settings.WEBHOOK_ALLOWED_PRIVATE


def checked_address(host: str, port: int) -> str:
    """Return an address of this host that may be called.

    Raises:
        AddressRefused: any of its addresses is not public.
        CallFailed: it has none.
    """
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise CallFailed(f"{host} could not be found.") from error
    if not _is_allowed(host, port) and not all(is_public(str(address)) for address in addresses):
        raise AddressRefused("This address is not public.")
    return str(min(addresses))


class _PublicOnly(httpcore.NetworkBackend):
    """Connects to the checked address like httpcore; TLS still verifies the host's own name."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline

    def connect_tcp(self, host: str, port: int, **options: Any) -> httpcore.NetworkStream:
        return _Timed(httpcore.SyncBackend().connect_tcp(checked_address(host, port), port, **options), self.deadline)


class _Timed(httpcore.NetworkStream):
    """A connection with one deadline for all steps: a time-out per read does not bound the whole response."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self.stream, self.deadline = stream, deadline

    def _left_s(self, timeout: float | None) -> float:
        left_s = self.deadline - monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("The call took too long.")
        return min(left_s, timeout or left_s)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self._left_s(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_BYTES):
            self.stream.write(buffer[start : start + WRITE_BYTES], self._left_s(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self.stream.start_tls(ssl_context, server_hostname, self._left_s(timeout)), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
