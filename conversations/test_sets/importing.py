"""Cases from a file: CSV with a row of names, or JSON lines as the rows of `evaluate conversation`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from conversations.test_sets import cases
from conversations.test_sets.errors import TestCaseInvalid, TestFileRefused, TestFileTooLarge
from conversations.test_sets.models import Case, TestSet
from knowledge.imports.document import Refused
from knowledge.imports.readers import tabular, text
from language.personal_data import personal_data_in

PROBLEMS_SHOWN = 20
Row = tuple[int, dict[str, Any]]  # with its line


@dataclass(frozen=True, slots=True)
class Imported:
    """How many cases were added and how many were there already; `personal` are lines that may tell of a person."""

    added: int
    known: int
    personal: tuple[int, ...]


def import_file(test_set: TestSet, name: str, content: bytes, by: Any = None) -> Imported:
    """Add the cases of a file, all or none. A row that the set has already is left out.

    Raises:
        TestFileRefused: with each line that cannot be read, and why. TestFileTooLarge, TestSetFull: of more rows than
            a set may have none is read.
    """
    if len(content) > settings.TEST_FILE_MAX_BYTES:
        raise TestFileTooLarge(f"A file has at most {settings.TEST_FILE_MAX_BYTES:,} bytes (TEST_FILE_MAX_BYTES).")
    read = _read(name, content)
    if not read:
        raise TestFileRefused("This file has no rows.")
    known = {case.key for case in test_set.cases.all()}
    new: dict[str, Row] = {}
    for line, fields in read:
        new.setdefault(Case(**fields).key, (line, fields))
    fresh = [row for key, row in new.items() if key not in known]
    cases.add(test_set, [fields for _, fields in fresh], Case.Source.FILE, by)
    personal = tuple(line for line, fields in fresh if personal_data_in(fields["message"]))
    return Imported(len(fresh), len(read) - len(fresh), personal)


def _read(name: str, content: bytes) -> list[Row]:
    try:
        decoded = text.decode(content)
    except Refused as refused:
        raise TestFileRefused(refused.reason) from refused
    is_csv = name.lower().endswith((".csv", ".tsv"))
    read: list[Row] = []
    problems: list[str] = []
    for line, given in (_csv_rows if is_csv else _json_rows)(decoded):
        try:
            if isinstance(given, str):
                raise TestCaseInvalid(given)
            read.append((line, cases.checked(given)))
            if len(read) > settings.TEST_SET_MAX_CASES:
                raise cases.full()
        except TestCaseInvalid as error:
            problems.append(f"Line {line}: {error.sentence}")
            if len(problems) == PROBLEMS_SHOWN:
                break
    if problems:
        raise TestFileRefused("No case was added. Please fix these lines:", problems)
    return read


def _json_rows(decoded: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Each line with its fields, or with why it cannot be read."""
    for number, line in enumerate(decoded.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, f"Not valid JSON: {error}"
            continue
        yield number, fields if isinstance(fields, dict) else "The line must be a JSON object."


def _csv_rows(decoded: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    csv.field_size_limit(settings.TEST_FILE_MAX_BYTES)
    dialect, table = tabular.dialect_of(decoded)
    skipped = decoded.count("\n") - table.count("\n")  # the line that names the separator
    reader = csv.DictReader(io.StringIO(table, newline=""), dialect=dialect, strict=True)
    try:
        tabular.require_few_columns(reader.fieldnames)
        names = [name.strip().casefold() for name in reader.fieldnames or ()]
        if not {"message", "text", "question"} & set(names):
            yield 1 + skipped, "No “message” column. The first row must contain the column names: kind, message, ..."
            return
        reader.fieldnames = names
        line = 1 + skipped
        for row in reader:
            begins, line = line + 1, reader.line_num + skipped
            yield begins, "The row has more cells than there are columns." if None in row else dict(row)
    except Refused as refused:
        yield 1 + skipped, refused.reason
    except csv.Error as error:
        yield reader.line_num + skipped, f"Not valid CSV: {error}"
