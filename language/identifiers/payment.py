"""Find cards by brand, length and check digit (Luhn), and IBANs by country, length and check digits (ISO 7064)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban, luhn

from language.identifiers.found import Found, Kind, before, digits_of, is_numbered_by_the_shop

_CARD_LIKE = re.compile(r"(?<![\w.,/-])\d(?:[ -]?\d){11,18}(?![\w/]|[.,-]\d)")
_GROUPED = re.compile(r"\d{4}[ -]\d{4,6}[ -]\d{4,5}")
# IIN ranges and lengths as published by the card networks.
_BRANDS = re.compile(
    r"4\d{15}(?:\d{3})?|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|"
    r"(?:30[0-59]|3[689]\d)\d{11}|(?:6011|64[4-9]\d|65\d\d|62\d\d|352[89]|35[3-8]\d)\d{12}(?:\d{3})?|(?:2131|1800)\d{11}"
)
_CARD_WORDS = re.compile(
    r"\b(?:card|cards|visa|mastercard|amex|american express|maestro|debit|credit|karte|kreditkarte|kartennummer|carte|"
    r"tarjeta|carta|kaart|kartę|karta|karty|cartão)\b",
    re.IGNORECASE,
)
_IBAN_LIKE = re.compile(
    r"(?<!\w)[A-Za-z]{2}\d\d(?:[A-Za-z0-9]{11,30}|(?:[ -](?=[A-Za-z0-9]{0,3}\d|[A-Z]{4})[A-Za-z0-9]{4}){2,7}"
    r"(?:[ -][A-Z0-9]{1,4}(?!\w))?)(?!\w)"
)
_IBAN_WORD = re.compile(r"\biban\b", re.IGNORECASE)


def cards(text: str) -> Iterator[Found]:
    for match in _CARD_LIKE.finditer(text):
        digits = digits_of(match.group())
        is_named = bool(_CARD_WORDS.search(before(text, match.start())))
        is_card = bool(_BRANDS.fullmatch(digits)) and luhn.is_valid(digits)
        if is_named or (
            is_card and (_GROUPED.match(match.group()) or not is_numbered_by_the_shop(text, match.start()))
        ):
            yield Found(match.start(), match.end(), Kind.CARD)


def ibans(text: str) -> Iterator[Found]:
    """Yield IBANs, including invalid ones after the word IBAN."""
    for match in _IBAN_LIKE.finditer(text):
        end = _end_of_iban(text, match.start(), match.end())
        if end is None and _IBAN_WORD.search(before(text, match.start(), 20)):
            end = match.end()
        if end is not None:
            yield Found(match.start(), end, Kind.IBAN)


def _end_of_iban(text: str, start: int, end: int) -> int | None:
    """Return the end of the valid IBAN, since the last group may be the next word; None if there is none."""
    while end - start >= 15:
        if iban.is_valid(text[start:end].replace("-", " "), check_country=False):
            return end
        shorter = max(text.rfind(" ", start, end), text.rfind("-", start, end))
        if shorter < 0:
            return None
        end = shorter
    return None
