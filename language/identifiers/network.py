"""Find e-mail and IP addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from language.identifiers.found import Found, Kind, before

EMAIL = re.compile(
    r"(?<![\w.+-])[^\W_][\w.!#$%&'*+/=?^`{|}~-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?!\w|@)"
    r"|(?<![\w.+-])[\w.+-]{1,64}@\[\d{1,3}(?:\.\d{1,3}){3}\]"
)
# "foo [at] bar.com", "foo at bar dot com"
SPELT = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64} ?[\[({] ?(?:at|ät|a|arroba|@) ?[\])}] ?[\w-]{1,63}"
    r"(?: ?(?:\.|[\[({] ?(?:dot|punkt|point) ?[\])}]) ?\w{1,30}){1,4}"
    r"|(?<![\w.+-])(?!(?:look(?:ing|ed)?|buy|bought|order(?:ed)?|shop|available|found|find|saw|see|sold|is|are|it|this|"
    r"that|me)\b)[\w.+-]{1,64} (?:at|ät) [\w-]{1,63} (?:dot|punkt) [a-z]{2,10}(?!\w)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])", re.IGNORECASE
)
_SAYS_IP = re.compile(
    r"\b(?:ip|ips|ipv4|ipv6|ip-adresse|host|server|router|gateway|dns|ping|address)\b[^.!?\n]{0,20}\Z", re.I
)
_SAYS_VERSION = re.compile(
    r"(?:\b(?:v|ver|version|versions|firmware|build|release|update|updated to|upgrade|software|app|driver|treiber|ios|"
    r"android|windows|macos|aktualisierung)\b[\s.:]{0,3}|\bv)\Z",
    re.IGNORECASE,
)
PUBLIC_OCTET = 32  # parts of version numbers are rarely this high


def emails(text: str) -> Iterator[Found]:
    for pattern in (EMAIL, SPELT):
        for match in pattern.finditer(text):
            yield Found(match.start(), match.end(), Kind.EMAIL)


def ip_addresses(text: str) -> Iterator[Found]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_ip(match.group(), before(text, match.start(), 40)):
                yield Found(match.start(), match.end(), Kind.IP)


def _is_ip(value: str, words: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if address.version == 6:
        return sum(bool(group) for group in value.split(":")) >= 3 or address.is_link_local
    if _SAYS_IP.search(words):
        return True
    counts_far = any(int(octet) >= PUBLIC_OCTET for octet in value.split("."))
    return counts_far and not _SAYS_VERSION.search(words)
