"""Expand table cells that span rows or columns into a plain grid, because Markdown has no spans."""

from __future__ import annotations

import copy

from bs4 import Tag

MAX_COLUMNS = 100
_MAX_CELLS = 20_000  # per table; a page may declare any span


def expand_spans(table: Tag) -> None:
    """Repeat the text of a spanning cell in every row and column it covers."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    if not any(cell.has_attr("rowspan") or cell.has_attr("colspan") for row in rows for cell in _cells(row)):
        return
    carried: dict[int, tuple[int, Tag]] = {}  # by column: remaining rows and the cell
    cells_left = _MAX_CELLS
    for row in rows:
        line, carried = _line(row, carried)
        cells_left -= len(line)
        if cells_left < 0:
            return
        for cell in _cells(row):
            cell.extract()
        for cell in line:
            row.append(cell)


def _line(row: Tag, carried: dict[int, tuple[int, Tag]]) -> tuple[list[Tag], dict[int, tuple[int, Tag]]]:
    """Return the cells of a row including those spanning from above, and the spans that continue below."""
    line: list[Tag] = []
    below: dict[int, tuple[int, Tag]] = {}
    own = iter(_cells(row))
    cell = next(own, None)
    while len(line) < MAX_COLUMNS and (cell is not None or any(column >= len(line) for column in carried)):
        column = len(line)
        if column in carried:
            rows_left, above = carried[column]
            line.append(_copied(above))
            if rows_left > 1:
                below[column] = (rows_left - 1, above)
            continue
        if cell is None:
            line.append(Tag(name="td"))
            continue
        rows_down, width = _span(cell, "rowspan"), _span(cell, "colspan")
        for _ in range(min(width, MAX_COLUMNS - len(line))):
            if rows_down > 1:
                below[len(line)] = (rows_down - 1, cell)
            line.append(_copied(cell))
        cell = next(own, None)
    return line, below


def _cells(row: Tag) -> list[Tag]:
    return row.find_all(["td", "th"], recursive=False)


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _copied(cell: Tag) -> Tag:
    twin = copy.copy(cell)
    for name in ("rowspan", "colspan"):
        del twin[name]
    return twin
