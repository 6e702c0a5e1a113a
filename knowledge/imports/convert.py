"""One file in, one JSON object out.

`python -m knowledge.imports.convert KIND PATH MEMORY_BYTES PDF_MAX_PAGES UNPACKED_MAX_BYTES` is the child process
of binary.py. It knows no Django and no database, and is limited in memory.
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

_HYPHENATED = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")
_BROKEN_LINE = re.compile(r"(?<=[^\s.:!?|])\n(?=[a-zß-ÿ(])")
_LEADERS = re.compile(r"^[ \t]*[•▪●◦‣–][ \t]+", re.MULTILINE)


def from_pdf(path: Path, max_pages: int) -> dict[str, str]:
    """Return the text of the pages. A line that goes on in small letters is joined with the next."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"code": "encrypted_pdf", "reason": "The PDF is locked with a password."}
        if len(reader.pages) > max_pages:
            return {"code": "too_long", "reason": f"{len(reader.pages)} pages; at most {max_pages:,} are read."}
        pages = [page.extract_text() for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        return {"code": "unreadable_pdf", "reason": f"The PDF cannot be read: {error}"}
    text = _HYPHENATED.sub("", "\n\n".join(page.strip() for page in pages if page.strip()))
    text = _BROKEN_LINE.sub(" ", _LEADERS.sub("- ", text))
    if not text:
        return {"code": "no_text", "reason": "The PDF holds pictures of text only. Run it through OCR first."}
    return {"title": title.strip(), "text": text}


def from_docx(path: Path, max_unpacked_bytes: int) -> dict[str, str]:
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
