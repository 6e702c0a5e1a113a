"""Find personal data in a text, with its position and kind.

Only certain findings are returned: numbers with a known format and check digits, or after words that name them. The
shop's own data, such as order numbers, article numbers, versions, prices and dates, is ignored.
`language.personal_data` is broader and treats uncertain text as personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from language.identifiers.credentials import keys, passwords
from language.identifiers.found import Found, Kind
from language.identifiers.labelled import labelled_numbers, plates
from language.identifiers.national import national_ids
from language.identifiers.network import emails, ip_addresses
from language.identifiers.payment import cards, ibans
from language.identifiers.phones import phones
from language.identifiers.postal import name_before, postal_addresses
from language.personal_names import first_names, listed_names, whole_name

__all__ = ["Found", "Kind", "find", "remainder"]


def _addresses(text: str) -> Iterator[Found]:
    for address in postal_addresses(text):
        yield address
        if name := name_before(text, address):
            yield name


def _names(text: str) -> Iterator[Found]:
    listed = set(listed_names(text))
    for start, end in first_names(text):
        yield Found(start, whole_name(text, end), Kind.NAME, sure=(start, end) not in listed)


MIN_CHARS = 2
# If two detectors find the same text, the first one counts.
_DETECTORS: tuple[Callable[[str], Iterable[Found]], ...] = (
    keys,
    emails,
    ibans,
    cards,
    passwords,
    national_ids,
    ip_addresses,
    labelled_numbers,
    phones,
    plates,
    _addresses,
    _names,
)


@lru_cache(maxsize=4_000)  # the messages of a conversation are searched again for every prompt
def find(text: str) -> tuple[Found, ...]:
    """Return all findings in the order of the text, without overlaps."""
    taken: list[Found] = []
    for detector in _DETECTORS:
        for found in list(detector(text)):
            taken += remainder(found, taken)
    return tuple(sorted(taken))


def remainder(found: Found, taken: Iterable[Found]) -> list[Found]:
    """Return the parts of a finding that earlier ones do not cover."""
    parts = [found]
    for other in taken:
        parts = [piece for part in parts for piece in _without(part, other)]
    return [part for part in parts if part.end - part.start >= MIN_CHARS]


def _without(part: Found, other: Found) -> list[Found]:
    if part.end <= other.start or part.start >= other.end:
        return [part]
    left, right = replace(part, end=max(part.start, other.start)), replace(part, start=min(part.end, other.end))
    return [piece for piece in (left, right) if piece.end > piece.start]
