"""Values in a text (numbers, ids, amounts, dates, names), found by pattern and compared by key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from language import numbers


def words(text: str) -> frozenset[str]:
    """Return a set of the words in a line."""
    return frozenset(text.split())


# Number words that customers use; "thirteen" and "hundred" stay as they are.
_SPELLED = {*range(13), 15, *range(20, 70, 10), 90}
NUMBER_WORDS = {word: str(number) for word, number in numbers.NUMBER_WORDS.items() if number in _SPELLED}
MONTHS = tuple(name[:3] for name in numbers.MONTH_NAMES)

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_YEAR = r"(?:19|20)\d\d\b"  # "23 November 48231" is a day and an order
_CURRENCY = r"(?:€|\$|£|¥|₹|\bEUR|\bUSD|\bGBP|\bCHF)"
_MONEY_WORD = r"(?:€|£|EUR\b|USD\b|GBP\b|CHF\b|euros?\b|dollars?\b|pounds?\b|bucks\b|cents\b|pence\b|quid\b|francs?\b)"
_AMOUNT = r"\d++(?:[.,\s]\d{3}){0,6}(?:[.,]\d{1,2})?(?!\d)k?"
_UNIT = (
    r"(?:(?:business|working|calendar|full|more|extra)\s+)?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?"
    r"|nights?|weeks?|months?|years?|yrs?"
    r"|kg|g|km|cm|mm|m|miles?|inch(?:es)?|ft|litres?|liters?|ml|[kmg]bps|[kmgt]b|watts?|w|volts?|v|mah|hz|degrees?"
    r"|items?|units?|pieces?|packages?|parcels?|boxes|orders?|times|people|pax|users?|seats?|licen[cs]es?|pairs?"
    r"|copies)"
)
_REFERENCE_NOUN = (
    r"(?:order|ticket|case|invoice|tracking|reference|ref|serial|account|booking|confirmation|rma|return|voucher|coupon"
    r"|promo|customer|flight|claim|transaction|policy|contract|model|part|error|code|version|parcel|shipment|pnr"
    r"|incident)"
)
_NO_FACT = re.compile(r"(?<![\w.])@\w+|^\(?\d/\d?\)?(?=\s)|(?<=\s)\(?\d?/\d\)?(?=\s*+(?:\^\w++\s*+)?+\Z)")
# Capitalised words that often only begin a sentence, after a comma or a nickname.
_NO_NAMES = words(
    "i i'm i'll i've i'd it it's is are was we we're we've we'll you you're you've your they the this that "
    "there these those then when what why how who where which can could would should will do does did if so "
    "but and or not no yes ok okay hi hey hello thanks thank please sorry great sure now just also for from to "
    "in on at by with as my our his her all any some let let's here good well oh lol dm have has had be been "
    "sir madam"
)
_WORD_NUMBER = rf"(?:{'|'.join(NUMBER_WORDS)})"

# Tried in this order; each part of a text belongs to the first matching pattern.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>()]+[^\s<>().,;:!?'\"]", re.I)),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++")),
    ("money", re.compile(rf"{_CURRENCY}\s?{_AMOUNT}|\b{_AMOUNT}\s?{_MONEY_WORD}|\b\d++(?:[.,]\d\d)?\$", re.I)),
    ("percent", re.compile(r"\b\d++(?:[.,]\d++)?\s?(?:%|percent\b|per cent\b)", re.I)),
    (
        "date",
        re.compile(
            rf"\b\d{{4}}-\d\d-\d\d\b|(?<![\w.])\d{{1,2}}[./]\d{{1,2}}[./](?:\d{{4}}|\d\d)\b(?!\.\w)"
            rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?![a-z])(?:,?\s+{_YEAR})?"
            rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?!:)(?:,?\s+{_YEAR})?|\b{_MONTH}\s+{_YEAR}"
            rf"|\b(?:(?:next|last|this)\s+)?{_DAY}\b|\b(?:today|tonight|tomorrow|yesterday)\b"
            r"|\b(?:next|last)\s+(?:week(?:end)?|month|year)\b|\b(?:on )?the \d{1,2}(?:st|nd|rd|th)\b",
            re.I,
        ),
    ),
    (
        "time",
        re.compile(
            r"\b\d{1,2}[:.]\d\d\s?(?:[ap]\.?m\b\.?)|\b\d{1,2}:\d\d(?::\d\d)?\b|\b\d{1,2}\s?(?:[ap]\.?m\b|o'clock)"
            r"|\b(?:noon|midnight)\b",
            re.I,
        ),
    ),
    (
        "address",
        re.compile(
            r"\b\d{1,4}[a-z]?\s+(?:[A-Z][\w'-]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Way|Square"
            r"|Court|Close|Boulevard|Blvd)\b|\b[A-Z]\w+(?:straße|strasse|gasse|weg|platz)\s+\d+\w?\b"
        ),
    ),
    (
        "phone",
        re.compile(
            r"(?<![\w-])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{1,5}\)[\s.-]?)?\d{2,8}(?:[\s.-]\d{2,8}){1,4}(?![\w-])|\+\d{8,15}\b"
        ),
    ),
    (
        "reference",
        re.compile(
            rf"#\s?[A-Za-z0-9][\w-]*\d[\w-]*|#\d\b"
            rf"|(?i:\b{_REFERENCE_NOUN}(?:\s++(?:number|no\.?|nr\.?|id|code)){{0,3}}(?:\s++(?:is|was|to|=)"
            rf"|:)?\s++)#?(?P<value>[A-Za-z]{{0,5}}-?\d[\w-]*(?:\.\d[\w-]*)*)"
            r"|\b(?=[A-Z0-9-]{0,64}\d)(?=[0-9-]{0,64}[A-Z])[A-Z0-9]{1,64}(?:-[A-Z0-9]{1,64}){0,8}\b(?!\s?%)|\b\d{5,}(?:-\d+)*\b"
            r"|(?i:\bending(?: in| with)? )(?P<ending>\d{3,4})\b"
        ),
    ),
    ("version", re.compile(r"\bv?\d+(?:\.\d+)(?:\.\w+)+\b|\bv\d+(?:\.\d+)?\b")),
    (
        "quantity",
        re.compile(
            rf"\b(?:\d++(?:[.,]\d++)?(?:\s?(?:-|–|to|or)\s?\d++)?|{_WORD_NUMBER}(?:\s(?:to"
            rf"|or)\s{_WORD_NUMBER})?)[\s-]?\+?\s?{_UNIT}\b",
            re.I,
        ),
    ),
    (
        "name",
        re.compile(
            r"(?i:\b(?:my name is|my name's|this is|i am|i'm|name:)\s+)(?P<value>(?-i:[A-Z][a-z]+(?:\s+[A-Z][\w'-]+)*))"
            r"|(?<=[a-z0-9,] )(?!I\b|I['’])[A-Z][\w&'’-]*[A-Za-z](?:\s+[A-Z][\w&'’-]*[A-Za-z])*"
            r"|\b(?:[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+)\b"
        ),
    ),
    ("number", re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?:st|nd|rd|th)?\b|(?<=[^\W\d])\d++\b")),
)


_PRODUCTS_AFTER = 2  # patterns
_LETTERS, _DIGITS, _NO_DIGIT = re.compile(r"[a-z]+"), re.compile(r"\d+"), re.compile(r"\D")
_NOT_IN_ID, _ORDINAL_END = re.compile(r"[^\w.-]"), re.compile(r"(?<=\d)(?:st|nd|rd|th)$")
_NOT_IN_AMOUNT, _SEPARATOR = re.compile(r"[^\d.,]"), re.compile(r"[.,]")
_DECIMAL_MARK = re.compile(r"[.,](?=\d{1,2}$)")  # point or comma
_THOUSANDS = re.compile(r"\dk\b")
_ISO_DATE, _FOUR_DIGITS = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\b\d{4}\b")
_MONTH_BEGINS = re.compile(rf"\b(?:{'|'.join(MONTHS)})")
_DAY_OF_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\b")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d))?")
_NUMBER_WORD = re.compile(rf"\b{_WORD_NUMBER}\b")
_UP_TO = re.compile(r"\s?(?:-|–|to|or)\s?(?=\d)")
_MADE_CLEARER = re.compile(r"\b(?:business|working|calendar|full|more|extra)\b")
_BETWEEN_PARTS = re.compile(r"\s+|(?<=\d)-(?=[a-z])")


def keys_in(text: str, catalogue: Iterable[str] = ()) -> set[str]:
    """Return the keys of all values in the text."""
    return {key_of(kind, value) for kind, value, _ in found_in(text, tuple(catalogue))}


def numbers_in(text: str) -> set[str]:
    """Return all digit sequences, and number words as digits: a coarse check for invented numbers."""
    words = {NUMBER_WORDS[word] for word in _LETTERS.findall(text.lower()) if word in NUMBER_WORDS}
    return {run.lstrip("0") or "0" for run in _DIGITS.findall(text)} | words


def found_in(text: str, catalogue: tuple[str, ...]) -> list[tuple[str, str, int]]:
    used = [False] * len(text)
    values: list[tuple[str, str, int]] = []
    # Handles and "1/2" of a long message are no facts. They are replaced by spaces to keep all positions.
    text = _NO_FACT.sub(lambda match: " " * (match.end() - match.start()), text)
    shouted = sum(c.isupper() for c in text) > sum(c.islower() for c in text)
    for kind, matches in _tried(text, catalogue):
        for match in matches:
            group = next((name for name in ("value", "ending") if match.groupdict().get(name)), 0)
            start, end = match.span(group)
            if kind == "phone" and not 7 <= sum(c.isdigit() for c in match.group()) <= 15:
                continue
            if kind == "name" and (shouted or match.group(group).lower().replace("’", "'").split()[0] in _NO_NAMES):
                continue
            if not any(used[start:end]):
                used[start:end] = [True] * (end - start)
                values.append((kind, text[start:end].strip(" .,"), start))
    return sorted(values, key=lambda item: item[2])


def _tried(text: str, catalogue: tuple[str, ...]) -> Iterator[tuple[str, Iterator[re.Match[str]]]]:
    for place, (kind, pattern) in enumerate(PATTERNS):
        if place == _PRODUCTS_AFTER and catalogue:
            yield "product", _named(catalogue).finditer(_lower(text))
        yield kind, pattern.finditer(text)


@lru_cache(maxsize=64)
def _named(catalogue: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for the names in lower case: matching case-insensitively is ten times slower."""
    names = "|".join(re.escape(_lower(name)) for name in sorted(catalogue, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)")


def _lower(text: str) -> str:
    """Return the text in lower case with all positions unchanged."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def key_of(kind: str, value: str) -> str:
    """Return the canonical form that all spellings of a value share, prefixed with its kind."""
    lower = value.lower().strip()
    if kind == "money":
        return f"money:{_currency(lower)}{_decimal(lower)}"
    if kind == "percent":
        return f"percent:{_decimal(lower)}"
    if kind == "date":
        return f"date:{_date(lower)}"
    if kind == "time":
        return f"time:{_time(lower)}"
    if kind == "phone":
        return "phone:" + _NO_DIGIT.sub("", lower)
    if kind == "quantity":
        return "quantity:" + _quantity(lower)
    if kind in {"reference", "number", "version"}:
        return "id:" + _ORDINAL_END.sub("", _NOT_IN_ID.sub("", lower))
    return f"{kind}:{' '.join(lower.split())}"


def _currency(lower: str) -> str:
    marks = {
        "$": ("$", "usd", "dollar", "buck"),
        "€": ("€", "eur"),
        "£": ("£", "gbp", "pound", "quid"),
        "CHF": ("chf", "franc"),
    }
    return next((sign for sign, names in marks.items() if any(name in lower for name in names)), "")


def _decimal(lower: str) -> str:
    digits = _NOT_IN_AMOUNT.sub("", lower).strip(".,")
    whole, *fraction = _DECIMAL_MARK.split(digits)
    digits = ".".join([_SEPARATOR.sub("", whole), *fraction])
    try:
        amount = Decimal(digits) * (1000 if _THOUSANDS.search(lower) else 1)
    except InvalidOperation:
        return digits
    return f"{amount.normalize():f}"


def _date(lower: str) -> str:
    if _ISO_DATE.fullmatch(lower):
        return lower
    named = min(_MONTH_BEGINS.findall(lower), key=MONTHS.index, default="")
    if not named:
        return lower.removesuffix("s") if "day" in lower else lower.removeprefix("on ").removeprefix("the ")
    month = MONTHS.index(named) + 1
    day = _DAY_OF_MONTH.search(lower)
    year = _FOUR_DIGITS.search(lower)
    return f"{year.group() if year else '-'}-{month:02}-{int(day.group(1)) if day else 0:02}"


def _time(lower: str) -> str:
    clock = _CLOCK.match(lower)
    if clock is None:
        return {"noon": "12:00", "midnight": "00:00"}.get(lower, lower)
    hour = int(clock.group(1)) % 24
    half = lower.replace(".", "")
    if "pm" in half and hour < 12:
        hour += 12
    if "am" in half and hour == 12:
        hour = 0
    return f"{hour:02}:{clock.group(2) or '00'}"


def _quantity(lower: str) -> str:
    lower = _NUMBER_WORD.sub(lambda word: NUMBER_WORDS[word.group()], lower)
    lower = _UP_TO.sub("-", lower).replace("+", "")
    return _BETWEEN_PARTS.sub("", _MADE_CLEARER.sub("", lower)).removesuffix("s")
