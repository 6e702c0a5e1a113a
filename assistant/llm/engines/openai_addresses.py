"""Keep connections out of our own network unless they are approved for it (protection against SSRF)."""

from __future__ import annotations

import asyncio
import socket

import httpx2

from assistant.public_addresses import is_public

PORTS = {"http": 80, "https": 443}
ADDRESSES_TRIED = 3  # for one host name


class AddressRefused(httpx2.ConnectError):
    """The server's name resolves to an address that is not public."""


def refusal(place: str) -> str:
    """Return an error message that says how to allow the server."""
    return (
        f"{place} is not a public address, so this connection may not call it. A superuser can save it, or "
        "MODEL_SERVERS_ALLOWED_PRIVATE can list it."
    )


async def public_addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host in the order in which to try them.

    Raises:
        AddressRefused: one of them is not public.
        OSError: the host does not exist.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not all(is_public(address) for address in addresses):
        raise AddressRefused(refusal(f"{host}:{port}"))
    return addresses[:ADDRESSES_TRIED]


class PublicOnly(httpx2.AsyncBaseTransport):
    """Connects only to the addresses that were checked, which prevents DNS rebinding.

    Through a proxy the request keeps the host name, because the proxy resolves it. The addresses found here are still
    checked; the proxy decides what it may reach.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, through_proxy: bool) -> None:
        self.inner = inner
        self.through_proxy = through_proxy

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.raw_host.decode("ascii")
        try:
            addresses = await public_addresses_of(host, request.url.port or PORTS[request.url.scheme])
        except OSError as error:
            if not self.through_proxy:
                raise httpx2.ConnectError(str(error), request=request) from error
            return await self.inner.handle_async_request(request)
        if self.through_proxy:
            return await self.inner.handle_async_request(request)
        return await self._first_that_connects(request, host, addresses)

    async def _first_that_connects(self, request: httpx2.Request, host: str, addresses: list[str]) -> httpx2.Response:
        *others, last = addresses
        for address in others:
            try:
                return await self.inner.handle_async_request(pinned(request, host, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self.inner.handle_async_request(pinned(request, host, last))

    async def aclose(self) -> None:
        await self.inner.aclose()


def pinned(request: httpx2.Request, host: str, address: str) -> httpx2.Request:
    """Return the request for one address; the Host header and the expected certificate stay those of the name."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
