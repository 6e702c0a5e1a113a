"""Which addresses are public: only these may be called where somebody else chose the URL (SSRF)."""

from __future__ import annotations

import ipaddress

# IPv6 addresses that lead to an IPv4 address: IPv4-compatible ones, and those of a NAT64 gateway.
_WITH_IPV4_INSIDE = (ipaddress.ip_network("::/96"), ipaddress.ip_network("64:ff9b::/96"))


def is_public(address: str) -> bool:
    """Whether an address, and the IPv4 address inside it if there is one, belongs to the public internet."""
    ip = ipaddress.ip_address(address.split("%")[0])
    return ip.is_global and not ip.is_multicast and all(inner.is_global for inner in _inside(ip))


def _inside(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    if any(ip in network for network in _WITH_IPV4_INSIDE):
        return [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)]
    return [inner for inner in (ip.ipv4_mapped, ip.sixtofour) if inner]
