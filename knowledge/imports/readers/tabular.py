"""Read CSV and JSON lines: one article per row, as {id or doc_id, title, text, url?, locale?, tags?}."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.fields import document_of
from knowledge.imports.readers.text import read_text
from knowledge.imports.sandbox import page_of

COLUMNS_MAX = 100  # short rows of a wide table are padded to its width
_REQUIRED = "text"
# Column names common in question tables.
_ALIASES = {"question": "title", "subject": "title", "answer": "text", "content": "text"}
_SEPARATOR = re.compile(r"sep=([,;\t|])", re.IGNORECASE)
_HTML = re.compile(r"</?(?:p|br|div|ul|ol|li|h[1-6]|table|span|strong|em|b|i|a)(?:\s[^<>]{0,300})?/?>", re.IGNORECASE)


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
    csv.field_size_limit(settings.IMPORT_FILE_MAX_BYTES)  # the length limit applies to the article
    dialect, text = dialect_of(text)
    rows = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    require_few_columns(rows.fieldnames)
    names = [_ALIASES.get(name.strip().casefold(), name.strip().casefold()) for name in rows.fieldnames or ()]
    if _REQUIRED not in names and "body" not in names:
        raise Refused("missing_column", 'No "text" column. The first row must contain: title, text, ...')
    rows.fieldnames = names
    try:
        for number, row in enumerate(rows, start=2):
            yield _csv_row(row, f"{path.name}:{number}", f"{external_id}-{number - 1}")
    except csv.Error as error:
        yield Refusal(path.name, "invalid_csv", f"After line {rows.line_num}: {error}")


def _csv_row(row: dict[str | None, str | None], name: str, external_id: str) -> Document | Refusal:
    if None in row:
        return Refusal(name, "invalid_csv", "The row has more cells than there are columns.")
    fields: dict[str, Any] = {key: value for key, value in row.items() if key}
    try:
        for column in (_REQUIRED, "body"):
            if _HTML.search(str(fields.get(column) or "")):
                fields[column] = page_of(fields[column]).text
    except Refused as refused:
        return refused.of(name)
    return row_of(fields, name, external_id)


def row_of(fields: Mapping[str, Any], name: str, external_id: str) -> Document | Refusal:
    """Build a document from one row, by its own id or else by `external_id`; `name` is its place in the file."""
    try:
        return document_of(fields, external_id=external_id)
    except Refused as refused:
        return refused.of(name)


def require_few_columns(names: Sequence[str] | None) -> None:
    """Limit the number of columns.

    Raises:
        Refused: short rows would be padded to too many columns.
    """
    if len(names or ()) > COLUMNS_MAX:
        raise Refused("invalid_csv", f"It has more than {COLUMNS_MAX} columns.")


def dialect_of(text: str) -> tuple[type[csv.Dialect], str]:
    """Detect comma, semicolon or tab, and return it with the text after a separator line.

    A spreadsheet's first line may name it ("sep=;"); otherwise the most frequent one in the header row counts.
    """
    first, _, rest = text.partition("\n")
    declared = _SEPARATOR.fullmatch(first.strip().strip('"'))
    names = first

    class Detected(csv.excel):
        delimiter = declared[1] if declared else max(",;\t", key=names.count)

    return Detected, rest if declared else text
