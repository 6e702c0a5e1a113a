"""Small rules that find the total and the date in what OCR read of a till receipt. Only for benchmarks/files.py."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

AMOUNT = re.compile(r"(?<![\d.,/])(\d{1,3}(?:[,.]\d{3})*|\d{1,6})[.,]\s?(\d{2})(?![\d.,%/])")
TOTAL = re.compile(r"\btotal|\bnett?\b|\bamount due|\bamt\b|\bpayab|\ba\w?ount incl", re.I)
BEST = re.compile(
    r"grand|rounded|total (?:due|amount|payab|rm)|amount due|\bnett?\b|payab|\bincl(?!uding service)", re.I
)
NOT_TOTAL = re.compile(
    r"sub|excl|before|without|w/o|qty|quantity|items?\b|saving|disc|tax\b|gst\b|change|cash|paid|tender|accepted"
    r"|rounding",
    re.I,
)
SUMMARY = re.compile(r"summary", re.I)  # of taxes: what is called a total below it is none of the receipt
MONTHS = {
    name: n
    for n, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
DAY_FIRST = re.compile(r"(?<!\w)(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{4}(?=\d\d:)|\d{4}|\d{2})(?!\d(?!\d:))")
YEAR_FIRST = re.compile(r"(?<!\d)(20\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
NAMED = re.compile(r"(?<!\d)(\d{1,2})[-/ ]?([A-Za-z]{3})[A-Za-z]*[-/ ,]*(\d{4}|\d{2})(?!\d)")


def total_in(text: str) -> Decimal | None:
    """The amount that a line calls the total; of several the one that is called so most plainly, then the last.

    No line below the heading of a summary of taxes is looked at.
    """
    lines = text.splitlines()
    found = []
    for at, line in enumerate(lines):
        if SUMMARY.search(line):
            break
        if not TOTAL.search(line) or (NOT_TOTAL.search(line) and not BEST.search(line)):
            continue
        amounts = AMOUNT.findall(line) or (AMOUNT.findall(lines[at + 1]) if at + 1 < len(lines) else [])
        if amounts:
            found.append((bool(BEST.search(line)), at, _money(*amounts[-1])))
    return max(found)[2] if found else None


def date_in(text: str) -> date | None:
    """The first date that there is."""
    found = [
        (match.start(), read)
        for pattern, order in ((DAY_FIRST, "dmy"), (YEAR_FIRST, "ymd"), (NAMED, "dmy"), (COMPACT, "ymd"))
        for match in pattern.finditer(text)
        if (read := _date(**dict(zip(order, match.groups(), strict=True))))
    ]
    return min(found)[1] if found else None


def _date(d: str, m: str, y: str) -> date | None:
    month = int(m) if m.isdigit() else MONTHS.get(m.lower(), 0)
    year = int(y) + (2000 if len(y) == 2 else 0)
    try:
        return date(year, month, int(d)) if 2000 <= year < 2040 else None
    except ValueError:
        return None


def _money(whole: str, cents: str) -> Decimal:
    return Decimal(f"{re.sub('[,.]', '', whole)}.{cents}")
