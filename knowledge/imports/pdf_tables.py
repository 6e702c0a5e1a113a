"""Tables with ruled lines on the pages of a PDF, by pdfplumber. Only in the child process of sandbox.py."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from knowledge.imports.text_layout import COLUMNS

if TYPE_CHECKING:
    from pypdf import PageObject

_LINES = re.compile(rb"\b(?:re|l)\s")  # operators that draw a rectangle, or a line
_LINES_MIN = 4
_CELL_MAX_CHARS = 500  # on average; more is a frame around text
_PARAGRAPH_GAP = 0.8  # of the height of a line
_UNKNOWN_LETTER = "(cid:"  # what pdfplumber writes for a letter that its font has no name for

Rows = list[list[str]]
Block = tuple[float, float, str, bool]  # top, bottom, text, and whether it is a table


class PageTables:
    """The pages of one file that hold tables. `as_markdown`: else each row is one line."""

    def __init__(self, content: bytes, *, as_markdown: bool) -> None:
        self._content = content
        self._render = _as_markdown if as_markdown else _as_lines
        self._document: Any = None

    def blocks_of(self, number: int, page: PageObject) -> list[tuple[str, bool]]:
        """Return the text of a page from the top, in blocks that are a table or not; none if it has no table.

        Raises:
            Exception: of any kind, if pdfplumber cannot read the file.
        """
        if not _may_have_tables(page):
            return []
        import pdfplumber  # takes half a second, and few files have tables

        self._document = self._document or pdfplumber.open(io.BytesIO(self._content))
        drawn = self._document.pages[number]
        try:
            blocks = _blocks(drawn, self._render)
        finally:
            drawn.close()
        return [(text, is_table) for _, _, text, is_table in blocks]


def _may_have_tables(page: PageObject) -> bool:
    """Whether the page draws lines, or has a form that may."""
    forms = page.get("/Resources", {}).get("/XObject", {}).values()
    if any(form.get_object().get("/Subtype") == "/Form" for form in forms):
        return True
    contents = page.get_contents()
    drawn = _LINES.finditer(contents.get_data()) if contents is not None else iter(())
    return len(list(islice(drawn, _LINES_MIN))) == _LINES_MIN


def _blocks(drawn: Any, render: Any) -> list[Block]:
    found = [(table.bbox, rows) for table in drawn.find_tables() if (rows := _rows(table.extract()))]
    if not found:
        return []
    boxes = [box for box, _ in found]
    around = drawn.filter(lambda each: not any(_is_in(each, box) for box in boxes))
    lines = around.extract_text_lines(return_chars=False)
    blocks: list[Block] = [(top, bottom, render(rows), True) for (_, top, _, bottom), rows in found]
    for line in lines:
        blocks.append((line["top"], line["bottom"], line["text"], False))
    text = "".join(text for _, _, text, _ in blocks)
    return [] if _UNKNOWN_LETTER in text else _joined(sorted(blocks))


def _is_in(each: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    middle, height = (each["x0"] + each["x1"]) / 2, (each["top"] + each["bottom"]) / 2
    return bool(box[0] <= middle < box[2] and box[1] <= height < box[3])


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Join the lines of text between two tables, with an empty line between paragraphs."""
    joined: list[Block] = []
    for top, bottom, text, is_table in blocks:
        if joined and not is_table and not joined[-1][3]:
            begun, above, before, _ = joined[-1]
            gap = "\n\n" if top - above > _PARAGRAPH_GAP * (bottom - top) else "\n"
            joined[-1] = (begun, bottom, f"{before}{gap}{text}", False)
        else:
            joined.append((top, bottom, text, is_table))
    return joined


def _rows(cells: Sequence[Sequence[str | None]]) -> Rows:
    """Return the rows with text; none if this is a frame and no table."""
    rows = [[" ".join((cell or "").split()) for cell in row] for row in cells]
    rows = [row for row in rows if any(row)]
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    if len(rows) < 2 or len(columns) < 2:
        return []
    filled = [cell for column in columns for cell in column if cell]
    is_sparse = 2 * len(filled) < len(rows) * len(columns)
    if is_sparse or sum(map(len, filled)) > _CELL_MAX_CHARS * len(filled):
        return []
    return [list(row) for row in zip(*columns, strict=True)]


def _as_markdown(rows: Rows) -> str:
    head, *body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def _as_lines(rows: Rows) -> str:
    return "\n".join(COLUMNS.join(filter(None, row)) for row in rows)
