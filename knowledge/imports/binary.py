"""PDF and DOCX, converted in a child process: such files can hang a parser or fill the memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
from django.conf import settings

from knowledge.imports.document import Document, Refused
from knowledge.imports.fields import document_of
from knowledge.imports.html import from_html
from knowledge.imports.text import title_of

_CONVERTER = "knowledge.imports.convert"


def read_pdf(path: Path, external_id: str) -> Iterator[Document]:
    converted = _convert("pdf", path)
    yield document_of({}, external_id=external_id, title=converted["title"] or title_of(path), text=converted["text"])


def read_docx(path: Path, external_id: str) -> Iterator[Document]:
    title, markdown = from_html(_convert("docx", path)["text"])
    yield document_of({}, external_id=external_id, title=title or title_of(path), text=markdown)


def _convert(kind: str, path: Path) -> dict[str, str]:
    """Run the converter. It answers one JSON object: `title` and `text`, or `code` and `reason`."""
    command = [sys.executable, "-m", _CONVERTER, kind, str(path.absolute()), str(settings.IMPORT_MEMORY_BYTES)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=settings.IMPORT_FILE_TIMEOUT_S, cwd=settings.BASE_DIR, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("too_slow", f"Reading it took over {settings.IMPORT_FILE_TIMEOUT_S:g} s.") from error
    try:
        answer = orjson.loads(done.stdout)
    except orjson.JSONDecodeError as error:
        raise Refused(f"unreadable_{kind}", "The file made its reader give up; it may be damaged.") from error
    if "code" in answer:
        raise Refused(answer["code"], answer["reason"])
    return {"title": answer["title"], "text": answer["text"]}
