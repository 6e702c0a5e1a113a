"""CSV and JSON lines: one article a row, as {id or doc_id, title, text, url?, locale?, tags?}."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.fields import document_of
from knowledge.imports.text import read_text

_REQUIRED = "text"


def read_jsonl(path: Path, external_id: str) -> Iterator[Document | Refusal]:
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield _json_row(line, f"{path.name}:{number}", f"{external_id}-{number}")


def _json_row(line: str, name: str, external_id: str) -> Document | Refusal:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Refusal(name, "invalid_json", f"Not a JSON object: {error}")
    if not isinstance(fields, dict):
        return Refusal(name, "invalid_json", "Each line should be one JSON object.")
    return row_of(fields, name, external_id)


def read_csv(path: Path, external_id: str) -> Iterator[Document | Refusal]:
    text = read_text(path)
    csv.field_size_limit(settings.IMPORT_FILE_MAX_BYTES)  # it is the article that may be too long
    rows = csv.DictReader(io.StringIO(text, newline=""), dialect=_dialect(text))
    names = [name.strip().casefold() for name in rows.fieldnames or ()]
    if _REQUIRED not in names and "body" not in names:
        raise Refused("missing_column", f"The first line should name the columns, {_REQUIRED} among them.")
    rows.fieldnames = names
    try:
        for number, row in enumerate(rows, start=2):
            yield _csv_row(row, f"{path.name}:{number}", f"{external_id}-{number - 1}")
    except csv.Error as error:
        yield Refusal(path.name, "invalid_csv", f"After line {rows.line_num}: {error}")


def _csv_row(row: dict[str | None, str | None], name: str, external_id: str) -> Document | Refusal:
    if None in row:
        return Refusal(name, "invalid_csv", "The row has more cells than there are columns.")
    return row_of({key: value for key, value in row.items() if key}, name, external_id)


def row_of(fields: Mapping[str, Any], name: str, external_id: str) -> Document | Refusal:
    """One row, by its own id or else by `external_id`; `name` is where it stands."""
    try:
        return document_of(fields, external_id=external_id)
    except Refused as refused:
        return refused.of(name)


def _dialect(text: str) -> type[csv.Dialect]:
    """Comma, semicolon or tab, whichever the first line uses most; quotes as spreadsheets write them."""
    first = text.split("\n", 1)[0]

    class Seen(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Seen
