"""Which model servers a connection may call: public ones always, those of our own network where an operator allows it.

`MODEL_SERVERS_PRIVATE` is `listed` by default: superusers may connect any server, admins of workspaces only public ones
and those in `MODEL_SERVERS_ALLOWED_PRIVATE`. What a superuser saved is kept with the connection, as host and port, and
holds for just that server. With `all`, anybody may connect any server, and with `none`, nobody a private one.

The address is checked when a connection is saved and, by `PublicOnly`, for each request: a name may lead elsewhere by
then. Models of the environment are the operator's own and are not checked.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from django.conf import settings

from assistant.llm.engines import openai_addresses
from assistant.public_addresses import is_public

ALL, NONE = "all", "none"


def place_of(base_url: str) -> str:
    """Host and port, as `MODEL_SERVERS_ALLOWED_PRIVATE` lists them; no place for what is no URL."""
    try:
        parts = urlsplit(base_url)
        port = parts.port or openai_addresses.PORTS.get(parts.scheme, 0)
    except ValueError:
        return ":0"
    return f"{(parts.hostname or '').lower()}:{port}"


def is_public_only(base_url: str, approved: str) -> bool:
    """Whether this server may be called at public addresses alone. `approved` is what a superuser allowed."""
    if settings.MODEL_SERVERS_PRIVATE == ALL:
        return False
    if settings.MODEL_SERVERS_PRIVATE == NONE:
        return True
    allowed = {approved, *(place.lower() for place in settings.MODEL_SERVERS_ALLOWED_PRIVATE)}
    return place_of(base_url) not in allowed


def approval(base_url: str, before: str, *, by_superuser: bool) -> str:
    """What is kept with the connection: its host and port if a superuser saves it and it is not public, or not found
    now; what was `before` if it is still the same server."""
    place = place_of(base_url)
    if before == place or (by_superuser and not _is_public(base_url)):
        return place
    return ""


def refusal(base_url: str, approved: str) -> str:
    """Why this server may not be saved; empty where it may. One that cannot be found is checked when it is called."""
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
