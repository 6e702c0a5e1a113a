"""Convert PDF, DOCX, pictures and large HTML in a child process: such files can hang a parser or fill the memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from time import monotonic
from typing import IO, Any

import orjson
from django.conf import settings

from knowledge.imports import ocr
from knowledge.imports.document import Document, Notice, Refused
from knowledge.imports.fields import document_of
from knowledge.imports.readers.html import HtmlPage, read_page
from knowledge.imports.readers.text import read_html_text, title_of
from knowledge.imports.sandbox_limits import Limits

_CONVERTER = "knowledge.imports.sandbox_child"
# All that the child process gets of our environment: no database password, and no key of a model.
_ENVIRONMENT = (
    *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH"),
    *("OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "TESSDATA_PREFIX"),
)
_HTML_HERE_MAX_CHARS = 100_000  # parsed faster than a process starts
_UNENDED_TAGS_MAX = 200  # for each of them the parser searches to the end of the page


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What is called every so many seconds while a file is read, in the thread that waits for it."""

    interval_s: float
    beat: Callable[[], None]


def read_pdf(path: Path, external_id: str) -> Iterator[Document]:
    yield _recognised(_convert("pdf", path), path, external_id)


def read_picture(path: Path, external_id: str) -> Iterator[Document]:
    if settings.OCR_ENGINE == ocr.OFF:
        raise Refused("ocr_off", "Pictures are not read, because OCR_ENGINE is off.")
    yield _recognised(_convert("picture", path), path, external_id)


def read_docx(path: Path, external_id: str) -> Iterator[Document]:
    yield _document(_convert("docx", path), path, external_id)


def read_html(path: Path, external_id: str) -> Iterator[Document]:
    page = page_of(read_html_text(path))
    if not page.text:
        raise Refused("missing_text", "The page has no text.")
    document = _document({"title": page.title, "text": page.text}, path, external_id)
    yield replace(document, notices=notices_of(page))


def is_read_here(html: str) -> bool:
    """Return whether the page is parsed faster than a process starts, whatever it contains."""
    unended_tags = html.count("<") - html.count(">")
    return len(html) <= _HTML_HERE_MAX_CHARS and unended_tags <= _UNENDED_TAGS_MAX


def page_of(html: str) -> HtmlPage:
    """Return the title and the visible text of a page.

    Raises:
        Refused: too_slow, too_large, too_deep.
    """
    if is_read_here(html):
        return read_page(html)
    with NamedTemporaryFile("w", suffix=".html", encoding="utf-8", errors="replace") as file:
        file.write(html)
        file.flush()
        converted = _convert("html", Path(file.name))
    return HtmlPage(converted["title"], converted["text"], int(converted.get("hidden_words", 0)))


def notices_of(page: HtmlPage) -> tuple[Notice, ...]:
    if not page.hidden_words:
        return ()
    return (Notice("hidden_text", f"{page.hidden_words:,} words that the page hides were left out."),)


def _recognised(converted: dict[str, Any], path: Path, external_id: str) -> Document:
    """Return a document that is a draft if OCR read any of it."""
    document = _document(converted, path, external_id)
    notices = []
    if is_draft := "confidence" in converted:
        notices.append(Notice("read_by_ocr", "Its text was read from pictures. Check the draft, then publish it."))
    if converted.get("left_out"):
        reason = f"Scanned pages after the first {settings.IMPORT_OCR_MAX_PAGES}, or that took too long, are missing."
        notices.append(Notice(converted["left_out"], reason))
    return replace(document, notices=tuple(notices), is_draft=is_draft)


def _document(converted: dict[str, Any], path: Path, external_id: str) -> Document:
    title = converted["title"] or title_of(path)
    return document_of({}, external_id=external_id, title=title, text=converted["text"])


def _convert(kind: str, path: Path) -> dict[str, Any]:
    limits = Limits(
        memory_bytes=settings.IMPORT_MEMORY_BYTES,
        timeout_s=settings.IMPORT_FILE_TIMEOUT_S,
        max_pages=settings.IMPORT_PDF_MAX_PAGES,
        max_unpacked_bytes=settings.IMPORT_UNPACKED_MAX_BYTES,
        markdown_tables=True,
        max_pixels=settings.IMPORT_OCR_MAX_PIXELS,
        ocr_engine=settings.OCR_ENGINE,
        ocr_max_pages=settings.IMPORT_OCR_MAX_PAGES,
    )
    return run(kind, path, limits)


def run(kind: str, path: Path, limits: Limits, heartbeat: Heartbeat | None = None) -> dict[str, Any]:
    """Read one file in a child process. It answers one JSON object: `title`, `text`, and what else is known of it.

    Raises:
        Exception: one that the heartbeat raises; the child process is ended then.
        Refused: with the code and the reason that the child gives, `too_slow` where it takes longer than `timeout_s`,
            `unreadable_...` where it ends in any other way.
    """
    command = [sys.executable, "-m", _CONVERTER, kind, str(path.absolute()), orjson.dumps(asdict(limits)).decode()]
    with TemporaryFile() as output:
        status = _status_of(command, output, limits.timeout_s, heartbeat)
        if status in (-signal.SIGXCPU, None):
            raise Refused("too_slow", f"Reading it took over {limits.timeout_s:g} s.")
        output.seek(0)
        answer = _answer(output.read())
    if answer is None:
        raise Refused(f"unreadable_{kind}", "The file couldn't be read. It may be damaged.")
    if "code" in answer:
        raise Refused(answer["code"], answer["reason"])
    return answer


def _status_of(
    command: list[str], output: IO[bytes], timeout_s: float, heartbeat: Heartbeat | None = None
) -> int | None:
    """The exit status of a program that is ended, with all that it started, after so many seconds: then None."""
    process = subprocess.Popen(
        command,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
        cwd=settings.BASE_DIR,
        start_new_session=True,  # what it starts is ended with it
    )
    deadline = monotonic() + timeout_s
    try:
        while (left_s := deadline - monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(min(left_s, heartbeat.interval_s) if heartbeat else left_s)
            if heartbeat:
                heartbeat.beat()
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answer(output: bytes) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(output)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None
