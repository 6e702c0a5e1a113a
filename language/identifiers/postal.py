"""Find complete postal addresses: the street with its number, the flat, and what follows up to the postcode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from language.identifiers.found import Found, Kind, before
from language.street_addresses import NUMBERED_TWICE, sure_addresses

_FLAT = re.compile(
    r"[\s,>]{1,8}(?:apt|apartment|suite|flat|unit|room|floor|wohnung|etage|appartement|piso|interno|"
    r"m\.)\.? ?(?:#|no\.? )?\d{1,5}[a-z]?\b",
    re.IGNORECASE,
)
_TOWN_WORD = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]{0,30}(?:[.'-][^\W\d_]{1,30})?\.?"
_TOWN = re.compile(
    rf"(?:[\s,>]{{1,8}}(?:{_TOWN_WORD}|de|del|la|le|of|upon|am|an der|der|\([^()\n]{{1,20}}\))){{1,6}}"
    r"[\s,>]{1,8}\d{2,6}(?:[ -]\d{2,4})?(?![\w-])"
    rf"|[\s,>]{{1,8}}\d{{4,6}}(?: [A-Z]{{2}})? (?:{_TOWN_WORD})(?: {_TOWN_WORD})?"
)
_POSTCODE = re.compile(
    r"\b(?:zip code|zipcode|zip|post code|postcode|postal code|plz|postleitzahl|code postal|código postal|kod pocztowy)"
    r"[\s:#]{1,3}(?:(?:is|ist|est|es|è|to|jest)\s)?"
    r"(\d{3,6}(?:[ -]\d{2,4})?(?: [A-Z]{2}(?!\w))?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|"
    r"[A-Z]{1,2}-\d{4,5})(?![\w-])",
    re.IGNORECASE,
)
_NUMBER_BEFORE = re.compile(r"(?<![\w.,#-])\d{1,5} \Z")
_ORDERED = re.compile(
    r"\b(?:order(?:ed)?|bought|buy|need|want|bestell\w*|item|items|article|artikel|sku) \Z", re.IGNORECASE
)
_SAYS_ADDRESS = re.compile(
    r"\b(?:address|lives?|lived|living|located|is at|meet|ship|shipped|deliver|delivered|send|sent|move|moved|return|"
    r"adresse|anschrift|wohne|wohnt|liefer\w*|habite|dirección|vivo|indirizzo|abito|adres|woon|mieszkam|adress|bor)\b"
    r"[^.!?]{0,40}\Z",
    re.IGNORECASE,
)


def postal_addresses(text: str) -> Iterator[Found]:
    """Yield addresses; overlapping ones are merged."""
    pending: tuple[int, int] | None = None
    for start, end in sorted(_parts(text)):
        if pending and start < pending[1]:
            pending = (pending[0], max(pending[1], _with_tail(text, end)))
            continue
        if pending:
            yield Found(*pending, Kind.ADDRESS)
        pending = (_with_number_before(text, start), _with_tail(text, end))
    if pending:
        yield Found(*pending, Kind.ADDRESS)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    yield from sure_addresses(text)
    yield from (match.span(1) for match in _POSTCODE.finditer(text))
    for match in NUMBERED_TWICE.finditer(text):
        goes_on = _with_tail(text, match.end()) > match.end()
        stands_alone = text[match.end() : match.end() + 1] in ("", "\n") and text[: match.start()].endswith("\n")
        if goes_on or stands_alone or _SAYS_ADDRESS.search(before(text, match.start())):
            yield match.span()


def _with_number_before(text: str, start: int) -> int:
    number = _NUMBER_BEFORE.search(text, max(0, start - 8), start)
    if number is None or _ORDERED.search(before(text, number.start(), 20)):
        return start
    return number.start()


def _with_tail(text: str, end: int) -> int:
    for pattern in (_FLAT, _FLAT, _TOWN):
        if more := pattern.match(text, end):
            end = more.end()
    return end


_ABOVE = re.compile(
    rf"(?:\A|[\n:>]\s?)({_TOWN_WORD}(?: {_TOWN_WORD}){{1,3}})"
    r"(?:[ \t]{0,3}\n[\s>]{0,12}|,? (?:lives|lived|wohnt|habite|vive|abita) (?:at|in|à|en|a) )\Z"
)


def name_before(text: str, address: Found) -> Found | None:
    """Return the name on the line above an address, or before "lives at" and the like."""
    match = _ABOVE.search(text, max(0, address.start - 100), address.start)
    return Found(*match.span(1), Kind.NAME) if match else None
