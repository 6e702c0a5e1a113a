"""The report of an import as a spreadsheet table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from knowledge.imports.models import Import

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # spreadsheets would run it as a formula


def rows(ordered: Import) -> Iterator[tuple[str, str, str, str]]:
    """Return (outcome, id or name, code, reason): refusals first, then warnings."""
    for outcome, name in (("refused", "refused"), ("warning", "warnings")):
        for each in ordered.report.get(name, ()):
            yield outcome, each["name"], each["code"], each["reason"]
    for outcome in ("added", "changed", "unchanged"):
        for own_id in ordered.report.get(outcome, ()):
            yield outcome, own_id, "", ""


def as_csv(ordered: Import) -> str:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("outcome", "id", "code", "reason"))
    for row in rows(ordered):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return table.getvalue()
