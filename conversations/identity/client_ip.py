"""The IP address of a client, for login locks, rate limits and logs.

`ClientAddress` is the outermost middleware and writes the address into the ASGI scope, so Django's REMOTE_ADDR and
uvicorn's access log agree. uvicorn's own parsing of X-Forwarded-For is off (assistant/server/serve.py).
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

Headers = Iterable[tuple[bytes, bytes]]
Peer = tuple[str, int] | list[str | int] | None
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SECURE = {"http": "https", "ws": "wss"}


class ClientAddress:
    """An ASGI application that replaces a trusted proxy's address by the client's."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        peer = scope.get("client")
        if peer and _is_trusted(_parsed(str(peer[0]))):
            address = _forwarded_for(str(peer[0]), scope["headers"])
            scope["client"] = (address, peer[1] if address == peer[0] else 0)
            if _values(scope["headers"], b"x-forwarded-proto")[-1:] in (["https"], ["wss"]):
                scope["scheme"] = SECURE.get(scope["scheme"], scope["scheme"])
        await self.application(scope, receive, send)


def client_ip(peer: Peer, headers: Headers) -> str:
    """Return the address for rate limits and login failures; of an IPv6 address the first of its /64.

    X-Forwarded-For counts only from TRUSTED_PROXIES: read from its end, the first address that is no such proxy is the
    client's. The client may have made up everything before it.
    """
    return _rate_limit_key(_forwarded_for(str(peer[0]) if peer else "", headers))


def sender_of(request: Request | HttpRequest) -> str:
    """Return the client address of a Django request; django-axes calls this too."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").encode("latin-1", "replace")
    return client_ip([request.META.get("REMOTE_ADDR", "")], [(b"x-forwarded-for", forwarded)])


def _forwarded_for(address: str, headers: Headers) -> str:
    hops = _values(headers, b"x-forwarded-for")
    while hops and _is_trusted(_parsed(address)):
        hop = _parsed(hops.pop())
        if hop is None:  # "unknown", or invalid: then only the proxy is known
            break
        address = str(hop)
    return address


def _values(headers: Headers, wanted: bytes) -> list[str]:
    """Return the values of a list header, over all of its lines."""
    lines = [value.decode("latin-1") for name, value in headers if name == wanted]
    return [value.strip() for line in lines for value in line.split(",") if value.strip()]


def _parsed(hop: str) -> IpAddress | None:
    """Parse an address, optionally with a port; IPv4-mapped IPv6 becomes IPv4. None if it is invalid."""
    host = hop[1:].partition("]")[0] if hop.startswith("[") else hop
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def _is_trusted(ip: IpAddress | None) -> bool:
    return ip is not None and any(ip in network for network in settings.TRUSTED_PROXIES)


def _rate_limit_key(address: str) -> str:
    ip = _parsed(address)
    if ip is None:
        return address
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network(f"{ip}/64", strict=False).network_address)
