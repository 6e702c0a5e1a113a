"""`python -m knowledge.imports.convert KIND PATH MEMORY_BYTES`: one file in, one JSON object out.

The child process of binary.py. It knows no Django and no database, and is limited in memory.
"""

from __future__ import annotations

import io
import logging
import re
import resource
import sys
import zipfile
from pathlib import Path
from xml.parsers.expat import ExpatError

import mammoth
import orjson
import pypdf
from pypdf.errors import PyPdfError

from knowledge.imports.document import Refused
from knowledge.imports.html import from_html

MAX_PAGES = 500
MAX_UNPACKED_BYTES = 100_000_000
_HYPHENATED = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")
_BROKEN_LINE = re.compile(r"(?<=[^\s.:!?|])\n(?=[a-zß-ÿ(])")
_LEADERS = re.compile(r"^[ \t]*[•▪●◦‣–][ \t]+", re.MULTILINE)


def from_pdf(path: Path) -> dict[str, str]:
    """Return the text of the pages. A line that goes on in small letters is joined with the next."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"code": "encrypted_pdf", "reason": "The PDF is locked with a password."}
        if len(reader.pages) > MAX_PAGES:
            return {"code": "too_long", "reason": f"{len(reader.pages)} pages; at most {MAX_PAGES} are read."}
        pages = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        return {"code": "unreadable_pdf", "reason": f"The PDF cannot be read: {error}"}
    text = _HYPHENATED.sub("", "\n\n".join(page.strip() for page in pages if page.strip()))
    text = _BROKEN_LINE.sub(" ", _LEADERS.sub("- ", text))
    if not text:
        return {"code": "no_text", "reason": "The PDF holds pictures of text only. Run it through OCR first."}
    return {"title": title.strip(), "text": text}


def from_docx(path: Path) -> dict[str, str]:
    """Return the document as Markdown. Pictures are left out."""
    try:
        if unpacked_bytes(path) > MAX_UNPACKED_BYTES:
            return {"code": "too_large", "reason": "The document unpacks to over 100 MB."}
        no_images = mammoth.images.img_element(lambda image: {"src": ""})
        with path.open("rb") as source:
            html = mammoth.convert_to_html(source, convert_image=no_images).value
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, ExpatError, RecursionError, AttributeError) as error:
        return {"code": "unreadable_docx", "reason": f"The document cannot be read: {error}"}
    return as_markdown(html)


def from_html_file(path: Path) -> dict[str, str]:
    return as_markdown(path.read_text(encoding="utf-8"))


def as_markdown(html: str) -> dict[str, str]:
    try:
        title, text = from_html(html)
    except Refused as refused:
        return {"code": refused.code, "reason": refused.reason}
    return {"title": title, "text": text}


def unpacked_bytes(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def main() -> None:
    kind, path, memory_bytes = sys.argv[1:4]
    limit = int(memory_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    logging.disable(logging.CRITICAL)  # pypdf tells every oddity of a file
    try:
        answer = {"pdf": from_pdf, "docx": from_docx, "html": from_html_file}[kind](Path(path))
    except MemoryError:
        answer = {"code": "too_large", "reason": "Reading it takes more memory than allowed."}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
