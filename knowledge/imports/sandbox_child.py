"""One file in, one JSON object out.

`python -m knowledge.imports.sandbox_child KIND PATH LIMITS` is the child process of sandbox.py. It knows no Django and
no database, is limited in memory, processor time and what it writes, and reaches no network.
"""

from __future__ import annotations

import logging
import resource
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import mammoth
import orjson

from knowledge.imports import ocr, pdf
from knowledge.imports.document import Refused
from knowledge.imports.readers.html import read_page
from knowledge.imports.sandbox_limits import Limits, confine


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
        return pdf.from_pdf(path, limits)
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
