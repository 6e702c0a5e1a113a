"""Which model servers a connection may call: public ones always, those in our own network if the operator allows it.

`MODEL_SERVERS_PRIVATE` is `listed` by default: superusers may connect any server, admins of workspaces only public ones
and those in `MODEL_SERVERS_ALLOWED_PRIVATE`. A superuser's approval is stored with the connection as host and port, and
applies only to that server. With `all`, admins may connect any server; with `none`, nobody may connect a private one.

The address is checked when a connection is saved and, by `PublicOnly`, for each request, as a name may resolve to
another address by then. Models from the environment are the operator's own and are not checked.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from django.conf import settings

from assistant.llm.engines import openai_addresses
from assistant.public_addresses import is_public

ALL, NONE = "all", "none"


def place_of(base_url: str) -> str:
    """Return host and port as in `MODEL_SERVERS_ALLOWED_PRIVATE`; ":0" for an invalid URL."""
    try:
        parts = urlsplit(base_url)
        port = parts.port or openai_addresses.PORTS.get(parts.scheme, 0)
    except ValueError:
        return ":0"
    return f"{(parts.hostname or '').lower()}:{port}"


def is_public_only(base_url: str, approved: str) -> bool:
    """Return whether this server may be called only at public addresses. `approved` is what a superuser allowed."""
    if settings.MODEL_SERVERS_PRIVATE == ALL:
        return False
    if settings.MODEL_SERVERS_PRIVATE == NONE:
        return True
    allowed = {approved, *(place.lower() for place in settings.MODEL_SERVERS_ALLOWED_PRIVATE)}
    return place_of(base_url) not in allowed


def approval(base_url: str, before: str, *, by_superuser: bool) -> str:
    """Return the approval to store with the connection: its host and port, or "" without one.

    A superuser approves a server by saving it if it is not public or cannot be resolved now. An approval from `before`
    is kept if the server is still the same.
    """
    place = place_of(base_url)
    if before == place or (by_superuser and not _is_public(base_url)):
        return place
    return ""


def refusal(base_url: str, approved: str) -> str:
    """Return why this server may not be saved; empty if it may. One that cannot be resolved is checked when called."""
    if not is_public_only(base_url, approved) or _is_public(base_url, if_not_found=True):
        return ""
    if settings.MODEL_SERVERS_PRIVATE == NONE:
        return f"{place_of(base_url)} is not a public address, and MODEL_SERVERS_PRIVATE allows no others."
    return openai_addresses.refusal(place_of(base_url))


def _is_public(base_url: str, *, if_not_found: bool = False) -> bool:
    host, _, port = place_of(base_url).rpartition(":")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return if_not_found
    return all(is_public(str(each[4][0])) for each in found)
