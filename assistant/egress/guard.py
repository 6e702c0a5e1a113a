"""Refuse connections to other machines while EGRESS=none. Independent of Django, so that engines can use it.

Every outgoing client calls `require` before it connects. As a second layer, a Python audit hook refuses sockets and DNS
lookups of code that does not call it. uvloop and libpq raise no audit events: clients under uvloop call `require`
themselves, and libpq connects only to DATABASE_URL.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
import time
from collections.abc import Iterable
from typing import Any

logger = logging.getLogger(__name__)
OPEN, NONE = "open", "none"
LOOKED_UP_FOR_S = 5.0
_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"})


class EgressBlocked(ConnectionError):
    """EGRESS=none, and this host is neither this machine nor in EGRESS_ALLOWED."""

    code = "egress_blocked"

    def __init__(self, host: str) -> None:
        super().__init__(f"Brevity runs with EGRESS=none: it may not call {host[:200]}. See EGRESS_ALLOWED.")


class _State:
    def __init__(self) -> None:
        self.closed = False
        self.names: frozenset[str] = frozenset()
        self.networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
        self.blocked = 0
        self.hooked = False
        self.places: frozenset[tuple[str, int | None]] = frozenset()  # of the names, from the last lookup
        self.looked_up_at = 0.0


_state = _State()


def configure(mode: str, allowed: Iterable[str] = ()) -> None:
    """Set the mode and the allowed hosts: a name or address, with or without a port, or a network."""
    names, networks = set(), []
    for entry in filter(None, (each.strip().lower() for each in allowed)):
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            names.add(entry)
    _state.closed, _state.names, _state.networks = mode == NONE, frozenset(names), tuple(networks)
    _state.places, _state.looked_up_at = frozenset(), -LOOKED_UP_FOR_S


def is_closed() -> bool:
    return _state.closed


def blocked_count() -> int:
    """Return how many connections this process has refused."""
    return _state.blocked


def is_allowed(host: str, port: int | None = None) -> bool:
    if not _state.closed:
        return True
    name = host.rstrip(".").lower().strip("[]")
    address = _address_of(name)
    if address is None:
        return name == "localhost" or name in _state.names or f"{name}:{port}" in _state.names
    is_listed = any(address in network for network in _state.networks if network.version == address.version)
    return address.is_loopback or is_listed or f"{name}:{port}" in _state.names or f"[{name}]:{port}" in _state.names


def _address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def require(host: str, port: int | None = None) -> None:
    """Check that the host may be called; count and log a refusal.

    Raises:
        EgressBlocked
    """
    if not is_allowed(host, port):
        _state.blocked += 1
        logger.error("refused to call %s: EGRESS=none", host)
        raise EgressBlocked(host)


def watch_sockets() -> None:
    """Install the audit hook in this process. It cannot be removed, but refuses nothing while the mode is open."""
    if not _state.hooked:
        _state.hooked = True
        sys.addaudithook(_on_event)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS or not _state.closed:
        return
    place = arguments[:2] if event == "socket.getaddrinfo" else arguments[-1]
    if isinstance(place, str) and event == "socket.gethostbyname":
        place = (place, None)
    if isinstance(place, tuple) and len(place) >= 2 and place[0]:  # otherwise a Unix socket, or already connected
        host = place[0].decode(errors="replace") if isinstance(place[0], bytes) else str(place[0])
        port = place[1] if isinstance(place[1], int) else None
        if is_allowed(host, port) or (event != "socket.getaddrinfo" and _is_place_of_a_name(host, port)):
            return
        require(host, port)


def _is_place_of_a_name(address: str, port: int | None) -> bool:
    """Return whether an allowed name resolves to this address: clients resolve the name, then connect to an address.

    A name that is listed with a port opens its addresses for that port alone.
    """
    wanted = {(address, None), (address, port)}
    if wanted.isdisjoint(_state.places) and time.monotonic() - _state.looked_up_at > LOOKED_UP_FOR_S:
        _state.looked_up_at = time.monotonic()
        _state.places = frozenset(place for name in _state.names for place in _places_of(name))
    return not wanted.isdisjoint(_state.places)


def _places_of(entry: str) -> set[tuple[str, int | None]]:
    """Look up a listed name. The guard hears of that, too, so it is looked up with the port that it is listed with."""
    name, _, digits = entry.partition(":")
    port = int(digits) if digits.isdigit() else None
    try:
        return {(str(info[4][0]), port) for info in socket.getaddrinfo(name, port)}
    except OSError:
        return set()
