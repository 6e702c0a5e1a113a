"""Read customers' attachments once each, in a child process started from separate threads.

Reading starts when a file is uploaded, so that most are read before the message is sent. A reply waits for the files of
its message; if the process that was reading one died, the reply's own process reads it. Files that do not fit into the
queue of a process wait in the database until it has room.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from assistant.leases import LeaseLost
from conversations.messaging import file_words
from conversations.messaging.file_queue import FileQueue
from conversations.models import Attachment, FileReading
from knowledge.imports import ocr, sandbox
from knowledge.imports.document import Refused
from knowledge.imports.sandbox import Heartbeat
from knowledge.imports.sandbox_limits import Limits
from language.detection import language_of

log = logging.getLogger(__name__)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {"application/pdf": "pdf", DOCX: "docx"}
LOOK_INTERVAL_S = 0.3
LANGUAGE_CHARS = 2_000  # of the text, to detect its language
OUTPUT_MAX_BYTES = 10_000_000  # that a child process may write
Status = FileReading.Status
TAKEN_UP = 10  # files from the database, after each file
_queue = FileQueue()
_readers: list[threading.Thread] = []
_lock = threading.Lock()


def limits() -> Limits:
    return Limits(
        memory_bytes=settings.FILE_READ_MEMORY_BYTES,
        timeout_s=settings.FILE_READ_TIMEOUT_S,
        max_pages=settings.FILE_MAX_PAGES,
        max_unpacked_bytes=settings.FILE_UNPACKED_MAX_BYTES,
        max_output_bytes=OUTPUT_MAX_BYTES,
        max_chars=settings.FILE_TEXT_MAX_CHARS,
        max_pixels=settings.ATTACHMENT_MAX_PIXELS,
        ocr_engine=settings.OCR_ENGINE,
        ocr_max_pages=settings.FILE_OCR_MAX_PAGES,
        page_timeout_s=settings.FILE_PAGE_TIMEOUT_S,
    )


def start(attachment: Attachment) -> Future[None] | None:
    """Queue a file for reading. Return None if FILE_QUEUE_MAX, or FILE_CONTACT_MAX of the contact, are queued already.

    The file then stays in the database until there is room.
    """
    _start_readers()
    contact, most = attachment.conversation.contact_id, settings.FILE_QUEUE_MAX
    return _queue.add(attachment.pk, contact, most=most, most_of_contact=settings.FILE_CONTACT_MAX)


def start_after_commit(attachment: Attachment) -> None:
    FileReading.objects.create(attachment=attachment)
    transaction.on_commit(lambda: start(attachment), robust=True)


def _start_readers() -> None:
    """Start the FILE_READERS threads of this process, once. They are daemons, so a process can exit without them."""
    with _lock:
        while len(_readers) < settings.FILE_READERS:
            thread = threading.Thread(target=_read_on, name=f"file-reader-{len(_readers)}", daemon=True)
            thread.start()
            _readers.append(thread)


def _read_on() -> None:
    while True:
        with _queue.next() as attachment_id:
            _logged(partial(read, attachment_id))
            _queue.release(attachment_id)
            _logged(_take_up)


def _logged(do: Callable[[], None]) -> None:
    try:
        do()
    except Exception:  # the outermost frame of a thread: otherwise the error is lost
        log.exception("A file was not read")
    finally:
        connections.close_all()


def _take_up() -> None:
    """Queue the oldest files that wait in the database because there was no room or their process died."""
    full = _queue.full_contacts(settings.FILE_CONTACT_MAX)
    unread = Attachment.objects.filter(reading__in=FileReading.objects.filter(_is_free()))
    waiting = unread.exclude(conversation__contact__in=full).select_related("conversation")
    for attachment in waiting.order_by("reading__created_at")[:TAKEN_UP]:
        start(attachment)


def read(attachment_id: uuid.UUID) -> None:
    """Read one file, unless it was read or is being read. Hold no database connection while reading."""
    attachment = _claim(attachment_id)
    if attachment is None:
        return
    connections.close_all()
    begun = monotonic()
    try:
        found = {"status": Status.READ} | _read(attachment)
    except LeaseLost:
        return
    except Refused as refused:
        found = {"status": Status.FAILED, "code": refused.code}
    except OSError:
        found = {"status": Status.FAILED, "code": "file_missing"}
    ms = round((monotonic() - begun) * 1000)
    if not _ours(attachment.reading).update(ms=ms, **found):  # no row if it was erased meanwhile
        return
    message_id = Attachment.objects.filter(pk=attachment_id).values_list("message_id", flat=True).first()
    if message_id:
        file_words.store_with_message(message_id)


def _ours(reading: FileReading) -> QuerySet[FileReading]:
    """Return the row of a file as long as this process holds its claim."""
    return FileReading.objects.filter(pk=reading.pk, status=Status.READING, claimed_at=reading.claimed_at)


def _renew(reading: FileReading) -> None:
    """Renew the claim of a file that is being read.

    Raises:
        LeaseLost: the file was erased, or another process reads it.
    """
    now = timezone.now()
    try:
        renewed = _ours(reading).update(claimed_at=now)
    except DatabaseError:  # the database is down; the claim stays valid for some time
        return
    finally:
        connections.close_all()
    if not renewed:
        raise LeaseLost
    reading.claimed_at = now


def _claim(attachment_id: uuid.UUID) -> Attachment | None:
    """Return the file if this process may read it."""
    attachment = Attachment.objects.filter(pk=attachment_id).first()
    if attachment is None:
        return None
    try:
        FileReading.objects.get_or_create(attachment=attachment)
    except IntegrityError:  # erased meanwhile
        return None
    free = FileReading.objects.filter(_is_free(), pk=attachment_id)
    if free.update(status=Status.READING, claimed_at=timezone.now()) != 1:
        return None
    attachment.reading.refresh_from_db()
    return attachment


def _is_free() -> Q:
    """Return the condition of `is_free` for a query."""
    unfinished = Q(status__in=(Status.QUEUED, Status.READING))
    return unfinished & (Q(claimed_at=None) | Q(claimed_at__lt=_abandoned_before()))


def is_free(reading: FileReading) -> bool:
    """Return whether no process is reading this file."""
    return reading.status == Status.QUEUED or bool(reading.claimed_at and reading.claimed_at < _abandoned_before())


def _abandoned_before() -> datetime:
    return timezone.now() - timedelta(seconds=settings.FILE_LEASE_S)


def _read(attachment: Attachment) -> dict[str, Any]:
    """Return the fields of a FileReading.

    Raises:
        Refused: it cannot be read, or has no text.
        LeaseLost: the file was erased meanwhile, or another process reads it.
        OSError: the file does not exist.
    """
    if attachment.content_type == "text/plain":
        return _described(_plain_text(attachment), engine="text")
    is_picture = attachment.content_type.startswith("image/")
    if is_picture and settings.OCR_ENGINE == ocr.OFF:
        raise Refused("ocr_off", "Pictures are not read.")
    heartbeat = Heartbeat(settings.FILE_LEASE_S / 3, partial(_renew, attachment.reading))
    with _on_disk(attachment) as path:
        found = sandbox.run("picture" if is_picture else KINDS[attachment.content_type], path, limits(), heartbeat)
    kept = {name: found.get(name) for name in ("confidence", "pages", "width", "height")}
    return _described(found["text"], engine=found.get("engine", "text"), code=found.get("left_out", ""), **kept)


def _described(text: str, **fields: Any) -> dict[str, Any]:
    text = text.replace("\x00", "").strip()
    if len(text) < settings.FILE_MIN_CHARS:
        raise Refused("no_text", "There is no text on it.")
    return {"text": text, "language": language_of(text[:LANGUAGE_CHARS]) or "", **fields}


def _plain_text(attachment: Attachment) -> str:
    with attachment.file.open("rb") as file:
        content: bytes = file.read(4 * settings.FILE_TEXT_MAX_CHARS)
    return content.decode("utf-8-sig", "ignore")[: settings.FILE_TEXT_MAX_CHARS]


@contextmanager
def _on_disk(attachment: Attachment) -> Iterator[Path]:
    """Return the file's path, or that of a copy if the storage is not a local folder."""
    try:
        yield Path(attachment.file.path)
    except NotImplementedError:
        with NamedTemporaryFile() as copy, attachment.file.open("rb") as file:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield Path(copy.name)


async def wait_for(ids: Sequence[uuid.UUID]) -> list[FileReading]:
    """Return the readings of these files, in order; unfinished ones after FILE_READ_WAIT_S as they are."""
    deadline = monotonic() + settings.FILE_READ_WAIT_S
    while True:
        readings = await areadings_of(ids)
        unread = [reading for reading in readings if reading.status not in FileReading.FINISHED]
        left_s = deadline - monotonic()
        if not unread or left_s <= 0:
            return readings
        here = [start(reading.attachment) for reading in unread if reading.pk in _queue or is_free(reading)]
        running = [asyncio.wrap_future(future) for future in here if future is not None]
        if running:
            await asyncio.wait(running, timeout=min(left_s, LOOK_INTERVAL_S), return_when=asyncio.ALL_COMPLETED)
        else:
            await asyncio.sleep(min(left_s, LOOK_INTERVAL_S))


def readings_of(ids: Sequence[uuid.UUID]) -> list[FileReading]:
    """Return one reading per existing file, with the file; a new one if none is stored yet."""
    files = Attachment.objects.select_related("reading", "conversation").in_bulk(ids)
    there = [files[pk] for pk in ids if pk in files]
    for file in there:
        if not hasattr(file, "reading"):
            file.reading = FileReading(attachment=file)
    return [file.reading for file in there]


areadings_of = database_sync_to_async(readings_of, thread_sensitive=False)
