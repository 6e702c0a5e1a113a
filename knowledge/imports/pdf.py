"""The text of a PDF, page by page: its text layer with tables, or OCR where a page has none.

Runs in the child process of sandbox.py. Independent of Django.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any

import pypdf
from pypdf.errors import PyPdfError

from knowledge.imports import ocr
from knowledge.imports.pdf_tables import PageTables
from knowledge.imports.sandbox_limits import PAGES_TIME, Limits, PageTooSlow, at_most
from knowledge.imports.text_layout import Box, confidence_of

if TYPE_CHECKING:
    from pypdf import PageObject

SCANNED_MAX_CHARS = 20  # of the text layer of a page that OCR reads: scanners add a page number
PAGE_TOO_SLOW, PAGES_LEFT_OUT = "page_too_slow", "pages_left_out"
_OCR_SHARE = 0.7  # of the time for a file, after which OCR reads no more of its pages
_TABLES_SHARE = 0.5  # of the time for a file, if pages have no limit of their own
_LEAST_S = 0.01
_UNREADABLE = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError)
_HYPHENATED = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")
_BROKEN_LINE = re.compile(r"(?<=[^\s.:!?|])\n(?=[a-zß-ÿ(])")
# Where the fonts of TeX (OT1 and T1 encoding) put what is set as one; only beside a letter, for else they are spaces.
_TEX_LIGATURES = {
    "\x0b": "ff", "\x0c": "fi", "\x0d": "fl", "\x0e": "ffi", "\x0f": "ffl",
    "\x1b": "ff", "\x1c": "fi", "\x1d": "fl", "\x1e": "ffi", "\x1f": "ffl",
}  # fmt: skip
_TEX_LIGATURE = re.compile(r"[\x0b-\x0f\x1b-\x1f](?=[a-z])|(?<=[A-Za-z])[\x0b\x0c\x0e\x0f\x1b-\x1f]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_LEADERS = re.compile(r"^[ \t]*[•▪●◦‣–][ \t]+", re.MULTILINE)


def from_pdf(path: Path, limits: Limits) -> dict[str, Any]:
    """Return the text of the pages in their order. A line that goes on in small letters is joined with the next.

    `left_out` is why later pages are missing: PAGE_TOO_SLOW, PAGES_LEFT_OUT, or empty if they are all there.
    """
    content = path.read_bytes()
    pages = _Pages(limits, PageTables(content, as_markdown=limits.markdown_tables))
    try:
        with at_most(limits.page_timeout_s):
            reader = pypdf.PdfReader(io.BytesIO(content))
            if reader.is_encrypted and not reader.decrypt(""):
                return {"code": "encrypted_pdf", "reason": "The PDF is locked with a password."}
            count = len(reader.pages)
            title = str((reader.metadata and reader.metadata.title) or "").strip()
        if count > limits.max_pages:
            return {"code": "too_long", "reason": f"{count} pages; at most {limits.max_pages:,} are allowed."}
        pages.read(reader)
    except PageTooSlow:
        pages.left_out = PAGE_TOO_SLOW
    except _UNREADABLE as error:
        return {"code": "unreadable_pdf", "reason": f"The PDF cannot be read: {error}"}
    return pages.refusal() or {"title": title, "pages": count} | pages.answer()


@dataclass
class _Pages:
    """What was read so far."""

    limits: Limits
    tables: PageTables | None  # None once they took too long
    texts: list[str] = field(default_factory=list)
    layer_chars: int = 0  # of text layers
    words: list[Box] = field(default_factory=list)  # that OCR found
    scanned: int = 0  # pages that OCR read
    left_out: str = ""
    refused: dict[str, Any] | None = None  # why OCR did not read a page
    begun: float = field(default_factory=monotonic)

    def read(self, reader: pypdf.PdfReader) -> None:
        """
        Raises:
            PageTooSlow: a text layer took over `page_timeout_s`, or all pages PAGES_TIME times as long.
        """
        for number, page in enumerate(reader.pages):
            with at_most(self._page_s()):
                layer = page.extract_text().strip(" \t\n")
            with at_most(self._left_s()):
                scanned = self._recognised(page) if len(layer) <= SCANNED_MAX_CHARS else ""
            if not scanned:
                self.layer_chars += len(layer)
            self.texts.append(scanned or self._with_tables(number, page) or joined_lines(layer))

    def _left_s(self) -> float:
        """Return the seconds of processor time that are left for all pages; 0 is no limit."""
        most_s = self.limits.page_timeout_s
        return max(PAGES_TIME * most_s - process_time(), _LEAST_S) if most_s else 0

    def _page_s(self) -> float:
        """Return how long the text layer of the next page may take; 0 is no limit."""
        return min(self.limits.page_timeout_s, self._left_s())

    def _with_tables(self, number: int, page: PageObject) -> str:
        """Return the text of a page that has tables. What pdfplumber cannot read, or is slow with, is read without."""
        try:
            with at_most(self._page_s() or max(_TABLES_SHARE * self.limits.timeout_s - process_time(), _LEAST_S)):
                blocks = self.tables.blocks_of(number, page) if self.tables else []
        except (PageTooSlow, MemoryError):
            self.tables = None
            return ""
        except Exception:  # a second parser: whatever it raises, the text that the first one read is used
            return ""
        return "\n\n".join(text if is_table else joined_lines(text) for text, is_table in blocks)

    def _recognised(self, page: PageObject) -> str:
        """Return the text on the pictures of a page."""
        if self.limits.ocr_engine == ocr.OFF or not (names := ocr.picture_names(page, self.limits)):
            return ""
        is_late = monotonic() - self.begun > _OCR_SHARE * self.limits.timeout_s
        if is_late or self.scanned == self.limits.ocr_max_pages:
            self.left_out = PAGES_LEFT_OUT
            return ""
        self.scanned += 1
        try:
            text, words = ocr.text_on(page, names, self.limits.ocr_engine)
        except ocr.EngineMissing as error:
            self.refused = {"code": "ocr_missing", "reason": str(error)}
            return ""
        except Exception as error:  # of a decoder: other pages may have text
            self.refused = {"code": "unreadable_pdf", "reason": f"Its pictures cannot be read: {error}"}
            return ""
        self.words += words
        return text

    def refusal(self) -> dict[str, Any] | None:
        if any(self.texts):
            return None
        if self.left_out == PAGE_TOO_SLOW:
            return {"code": PAGE_TOO_SLOW, "reason": f"A page took over {self.limits.page_timeout_s:g} s to read."}
        if self.refused:
            return self.refused
        if self.limits.ocr_engine == ocr.OFF:
            return {"code": "no_text", "reason": "The PDF holds pictures of text only. Run it through OCR first."}
        return {"code": "no_text", "reason": "There is no text on it."}

    def answer(self) -> dict[str, Any]:
        text = "\n\n".join(filter(None, self.texts))
        answer = {"text": text, "read_pages": len(self.texts), "left_out": self.left_out}
        if not self.words:
            return answer
        all_words = [*self.words, Box(0, 0, 0, 0, "x" * self.layer_chars, 1.0)]  # a text layer is sure
        return answer | {"engine": self.limits.ocr_engine, "confidence": round(confidence_of(all_words), 3)}


def joined_lines(text: str) -> str:
    text = _HYPHENATED.sub("", without_ligatures(text))
    return _BROKEN_LINE.sub(" ", _LEADERS.sub("- ", text))


def without_ligatures(text: str) -> str:
    """Letters that were set as one, as letters: fonts of TeX leave them as control characters."""
    return _TEX_LIGATURE.sub(lambda match: _TEX_LIGATURES[match[0]], text).translate(_LIGATURES)
