"""Decide from its URL alone, without DNS, whether a server is on this machine or in this network."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

# Names that do not exist in public DNS: RFC 6762, RFC 8375, ICANN's .internal, Kubernetes.
LOCAL_ENDINGS = (".localhost", ".local", ".lan", ".internal", ".home.arpa", ".intranet", ".corp", ".home", ".svc")
CLUSTER_ENDING = ".cluster.local"


def is_local(url: str) -> bool:
    """Return whether a URL names this machine or a private network. A doubtful name is remote."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    return is_local_host(host)


def is_local_host(host: str) -> bool:
    address = _address_of(host)
    if address is None:
        return bool(host) and ("." not in host or host.endswith((*LOCAL_ENDINGS, CLUSTER_ENDING)))
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_private or address.is_link_local


def _address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is; also one in a form that sockets take and URLs rarely have: 134744072 is
    8.8.8.8."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
