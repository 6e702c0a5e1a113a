"""Find phone numbers by their format, checked with phonenumbers, or by the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from language.identifiers.found import Found, Kind, before, digits_of, is_numbered_by_the_shop

# A run of digits and separators that may be one number.
_CANDIDATE = re.compile(
    r"(?<![\w./#+-])(?<!\d,)(?:\+|\(\+?)?\d(?:[\d()]|[ ./\u2010-\u2015-]{1,2}(?=[\d(])){5,22}(?![\w/])(?!\.\d)"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}(?:\D.*)?|\d{1,2}([-./ ])\d{1,2}\1(?:19|20)\d\d(?:\D.*)?|\d{1,2}:\d\d.*|"
    r"(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[ .]\d{3}){2,3}(?:,\d\d)?")
_MONEY = re.compile(
    r"(?:[€$£¥]|\b(?:eur|euro|usd|gbp|chf|pln|price|preis|total|sum|amount|betrag|summe))\s{0,2}\Z", re.I
)
_MONEY_AFTER = re.compile(
    r"\s{0,2}(?:[€$£¥%]|\b(?:eur|euros?|usd|gbp|chf|pln|zł|units?|pieces|stück|km|kg|mm|ml|mah|lumens?)\b)", re.I
)
_SAYS_PHONE = re.compile(
    r"\b(?:call|calls|called|calling|phone|phones|telephone|tel|mobile|cell|cellphone|ring|text|sms|whatsapp|fax|dial|"
    r"reach|reached|contact|landline|handy|handynummer|telefon|telefonnummer|rückruf|anrufen|ruf|rufen|erreichbar|"
    r"erreichen|mobil|appelez|appeler|téléphone|portable|joindre|llame|llamar|llámame|teléfono|móvil|chiamare|chiamami|"
    r"telefono|cellulare|bel|bellen|telefoonnummer|mobiel|zadzwoń|zadzwonić|telefonu|telefonem|komórka|ligar|telefone|"
    r"telemóvel|celular|ringe|ringa|puhelin)\b[^.!?\n]{0,40}\Z|"
    r"\b(?:tel|phone|fax|mob)\b[\s.:]{0,8}\Z|"
    r"\b(?:registered|messages to|my|mein|meine|mon|mi|mio|mijn|mój) (?:number|nummer|numéro|número|numero|"
    r"numer)\b[^.!?\n]{0,12}\Z|"
    r"\b(?:registered|messages|message|sms|texts) (?:to|on|at|number|mobile|under)?\s{0,2}\Z",
    re.IGNORECASE,
)
_SAYS_PHONE_AFTER = re.compile(
    r" ?[-(/] ?(?:fax|office|mobile|cell|home|work|phone|tel|privat|mobil|büro)\b", re.IGNORECASE
)
REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "PL",
    "AT",
    "CH",
    "BE",
    "SE",
    "NO",
    "DK",
    "FI",
    "PT",
    "IE",
    "AU",
    "IN",
    "BR",
    "CZ",
)
_FROM_ABROAD = re.compile(r"\A\(?00")
MIN_DIGITS, MAX_DIGITS, MIN_DIGITS_BARE = 7, 15, 9


def phones(text: str) -> Iterator[Found]:
    for match in _CANDIDATE.finditer(text):
        number = match.group().rstrip(" ./-(")
        start, end = match.start(), match.start() + len(number)
        if number.count("(") != number.count(")"):
            number = number.strip("()")
            start, end = text.index(number, start), text.index(number, start) + len(number)
        if MIN_DIGITS <= len(digits_of(number)) <= MAX_DIGITS and _is_phone(text, number, start, end):
            yield Found(start, end, Kind.PHONE)


def _is_phone(text: str, number: str, start: int, end: int) -> bool:
    if _DATE.fullmatch(number):
        return False
    if _MONEY.search(before(text, start, 12)) or _MONEY_AFTER.match(text, end):
        return False
    if number.lstrip("(").startswith(("+", "00")) and is_possible_abroad(number):
        return True
    if is_numbered_by_the_shop(text, start):
        return False
    if _SAYS_PHONE.search(before(text, start)) or _SAYS_PHONE_AFTER.match(text, end):
        return True
    return not _THOUSANDS.fullmatch(number) and is_written_as_a_phone(number)


@lru_cache(maxsize=2_000)
def is_possible_abroad(number: str) -> bool:
    try:
        parsed = phonenumbers.parse(_FROM_ABROAD.sub("+", number).replace("(0)", ""), None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(parsed)


@lru_cache(maxsize=2_000)
def is_written_as_a_phone(number: str) -> bool:
    """Return whether a number is valid in one of REGIONS and grouped as usual there or written with a trunk 0."""
    digits = digits_of(number)
    is_grouped = digits != number
    has_trunk = digits.startswith("0") and not digits.startswith("00") and len(digits) >= MIN_DIGITS_BARE
    if not (is_grouped or has_trunk):
        return False
    if len(set(number) & set(" .-")) > 1:
        return False
    if has_trunk and is_grouped:
        return any(_is_valid(number, region) for region in REGIONS)
    leniency = phonenumbers.Leniency.STRICT_GROUPING if is_grouped else phonenumbers.Leniency.VALID
    return any(phonenumbers.PhoneNumberMatcher(number, region, leniency=leniency).has_next() for region in REGIONS)


def _is_valid(number: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
