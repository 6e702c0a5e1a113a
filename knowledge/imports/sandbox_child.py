"""One file in, one JSON object out.

`python -m knowledge.imports.sandbox_child KIND PATH LIMITS` is the child process of sandbox.py. It knows no Django and
no database, is limited in memory, processor time and what it writes, and reaches no network.
"""

from __future__ import annotations

import io
import logging
import re
import resource
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import mammoth
import orjson
import pypdf
from pypdf.errors import PyPdfError

from knowledge.imports import ocr
from knowledge.imports.document import Refused
from knowledge.imports.readers.html import read_page
from knowledge.imports.sandbox_limits import Limits, confine

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
    """Return the text of the pages. A line that goes on in small letters is joined with the next.

    Where no page has any, the pictures on them are read, if the limits name an engine for that.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"code": "encrypted_pdf", "reason": "The PDF is locked with a password."}
        if len(reader.pages) > limits.max_pages:
            return {
                "code": "too_long",
                "reason": f"{len(reader.pages)} pages; at most {limits.max_pages:,} are allowed.",
            }
        text = _joined([page.extract_text() for page in reader.pages])
        title = str((reader.metadata and reader.metadata.title) or "").strip()
        found = {"title": title, "pages": len(reader.pages)}
        if not text and limits.ocr_engine != ocr.OFF:
            return found | ocr.from_pages(reader.pages, limits)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        return {"code": "unreadable_pdf", "reason": f"The PDF cannot be read: {error}"}
    if not text:
        return {"code": "no_text", "reason": "The PDF holds pictures of text only. Run it through OCR first."}
    return found | {"text": text}


def _joined(pages: list[str]) -> str:
    text = without_ligatures("\n\n".join(filter(None, (page.strip(" \t\n") for page in pages))))
    text = _HYPHENATED.sub("", text)
    return _BROKEN_LINE.sub(" ", _LEADERS.sub("- ", text))


def without_ligatures(text: str) -> str:
    """Letters that were set as one, as letters: fonts of TeX leave them as control characters."""
    return _TEX_LIGATURE.sub(lambda match: _TEX_LIGATURES[match[0]], text).translate(_LIGATURES)


def from_docx(path: Path, max_unpacked_bytes: int) -> dict[str, Any]:
    """Return the document as Markdown. Pictures are left out."""
    try:
        if unpacked_bytes(path) > max_unpacked_bytes:
            return {"code": "too_large", "reason": f"The document unpacks to over {max_unpacked_bytes:,} bytes."}
        no_images = mammoth.images.img_element(lambda image: {"src": ""})
        with path.open("rb") as source:
            html = mammoth.convert_to_html(source, convert_image=no_images).value
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, ExpatError, RecursionError, AttributeError) as error:
        return {"code": "unreadable_docx", "reason": f"The document cannot be read: {error}"}
    return as_markdown(html)


def from_html_file(path: Path) -> dict[str, Any]:
    return as_markdown(path.read_text(encoding="utf-8"))


def as_markdown(html: str) -> dict[str, Any]:
    try:
        page = read_page(html)
    except Refused as refused:
        return {"code": refused.code, "reason": refused.reason}
    return asdict(page)


def unpacked_bytes(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def read(kind: str, path: Path, limits: Limits) -> dict[str, Any]:
    if kind == "pdf":
        return from_pdf(path, limits)
    if kind == "docx":
        return from_docx(path, limits.max_unpacked_bytes)
    return ocr.from_picture(path, limits) if kind == "picture" else from_html_file(path)


def used() -> dict[str, float]:
    """What this process took, for receipts and benchmarks."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == "darwin" else 1024
    return {"cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "peak_bytes": usage.ru_maxrss * unit}


def main() -> None:
    kind, path, limits = sys.argv[1], Path(sys.argv[2]), Limits(**orjson.loads(sys.argv[3]))
    confine(limits)
    logging.disable(logging.CRITICAL)  # pypdf tells every oddity of a file
    try:
        answer = read(kind, path, limits)
    except MemoryError:
        answer = {"code": "too_large", "reason": "Reading it takes more memory than allowed."}
    if limits.max_chars:
        answer["text"] = answer.get("text", "")[: limits.max_chars]
    sys.stdout.buffer.write(orjson.dumps(answer | used()))


if __name__ == "__main__":
    main()
