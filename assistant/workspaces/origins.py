"""Origins as browsers send them: scheme, host and port, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginInvalid(ValueError):
    """Not an origin. The message says what is wrong and what to write."""


def normalised(written: str) -> str:
    """Return the origin exactly as a browser sends it: lower case, IDNA, no default port.

    Raises:
        OriginInvalid: not an origin, or more than an origin.
    """
    if "://" not in written:
        raise OriginInvalid(f"“{written}” has no scheme. Write https://{written.strip('/')} or http://…")
    try:
        url = urlsplit(written)
        host, port = _ascii(url.hostname or ""), url.port
    except ValueError as error:
        raise OriginInvalid(f"“{written}” is not an address. Write it like https://shop.example") from error
    if url.scheme not in DEFAULT_PORTS:
        raise OriginInvalid(f"“{written}” starts with neither https:// nor http://")
    if not host or "*" in host:
        raise OriginInvalid(f"“{written}” has no host. List each host by itself, for example https://shop.example")
    origin = f"{url.scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[url.scheme] else "")
    if url.username is not None or url.path or url.query or url.fragment or written.endswith(("?", "#")):
        raise OriginInvalid(f"“{written}” has more than a scheme, host and port. Write {origin}")
    return origin


def _ascii(host: str) -> str:
    """Return the host in ASCII, in brackets if it is an IPv6 address.

    Raises:
        ValueError: not a valid host.
    """
    if ":" in host:
        return f"[{host}]"
    if any(character.isspace() for character in host):
        raise ValueError("a host has no white space")
    return host if host.isascii() else host.encode("idna").decode()
