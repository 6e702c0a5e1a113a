"""Where a caller comes from: the address that rates are counted against."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings

Headers = Iterable[tuple[bytes, bytes]]


def client_ip(peer: tuple[str, int] | list[str | int] | None, headers: Headers) -> str:
    """The caller's address, an IPv6 one cut to its /64. X-Forwarded-For counts only from TRUSTED_PROXIES."""
    address = str(peer[0]) if peer else ""
    if address in settings.TRUSTED_PROXIES:
        forwarded = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
        hops = [hop.strip() for value in forwarded for hop in value.split(",") if hop.strip()]
        untrusted = [hop for hop in hops if hop not in settings.TRUSTED_PROXIES]
        address = untrusted[-1] if untrusted else address
    return _household(address)


def _household(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else address
