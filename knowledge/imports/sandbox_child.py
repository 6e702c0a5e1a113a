"""One file in, one JSON object out.

`python -m knowledge.imports.sandbox_child KIND PATH MEMORY_BYTES PDF_MAX_PAGES UNPACKED_MAX_BYTES` is the child process
of binary.py. It knows no Django and no database, and is limited in memory.
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

from knowledge.imports.document import Refused
from knowledge.imports.readers.html import read_page

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


def from_pdf(path: Path, max_pages: int) -> dict[str, Any]:
    """Return the text of the pages. A line that goes on in small letters is joined with the next."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"code": "encrypted_pdf", "reason": "The PDF is locked with a password."}
        if len(reader.pages) > max_pages:
            return {"code": "too_long", "reason": f"{len(reader.pages)} pages; at most {max_pages:,} are allowed."}
        pages = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        return {"code": "unreadable_pdf", "reason": f"The PDF cannot be read: {error}"}
    text = without_ligatures("\n\n".join(filter(None, (page.strip(" \t\n") for page in pages))))
    text = _HYPHENATED.sub("", text)
    text = _BROKEN_LINE.sub(" ", _LEADERS.sub("- ", text))
    if not text:
        return {"code": "no_text", "reason": "The PDF holds pictures of text only. Run it through OCR first."}
    return {"title": title.strip(), "text": text}


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


def main() -> None:
    kind, path = sys.argv[1], Path(sys.argv[2])
    memory_bytes, max_pages, max_unpacked_bytes = map(int, sys.argv[3:])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    logging.disable(logging.CRITICAL)  # pypdf tells every oddity of a file
    try:
        if kind == "pdf":
            answer = from_pdf(path, max_pages)
        else:
            answer = from_docx(path, max_unpacked_bytes) if kind == "docx" else from_html_file(path)
    except MemoryError:
        answer = {"code": "too_large", "reason": "Reading it takes more memory than allowed."}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
