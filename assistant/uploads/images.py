"""Re-encode images in a child process, one at a time, because decoding one image can take much memory."""

from __future__ import annotations

import logging
import math
import os
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.db import connections

from assistant.errors import DependencyDown, ServiceError
from assistant.uploads import reencode
from assistant.uploads.reencode import Status

logger = logging.getLogger(__name__)

# Accepted media types and Pillow's names for them. Of an animation, only the first frame is kept.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF", "image/heic": "HEIF"}
# Converted, because most browsers cannot display HEIC.
WRITTEN_AS = {"image/heic": "image/jpeg"}
RETRY_AFTER_S = 5


class ImageUnreadable(ServiceError):
    """The image is damaged or too large; then `max_pixels` and `max_side_pixels` are in the details."""

    code = "attachment_unreadable"
    http_status = 422
    sentence = "This image is damaged or too large."


class ImagesBusy(DependencyDown):
    code = "busy"
    sentence = "Too many images are being processed. Please try again in a few seconds."


class Queue:
    """A first-in, first-out queue of threads that admits one at a time, per process."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.line: deque[object] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until it is this thread's turn.

        Raises:
            ImagesBusy: IMAGE_QUEUE_MAX threads are waiting already, or the wait took longer than IMAGE_WAIT_S.
        """
        ticket = object()
        with self.changed:
            if len(self.line) > settings.IMAGE_QUEUE_MAX:  # the first one is not waiting
                raise ImagesBusy(retry_after_s=RETRY_AFTER_S)
            self.line.append(ticket)
        try:
            with self.changed:
                if not self.changed.wait_for(lambda: self.line[0] is ticket, settings.IMAGE_WAIT_S):
                    raise ImagesBusy(retry_after_s=RETRY_AFTER_S)
            yield
        finally:
            with self.changed:
                self.line.remove(ticket)
                self.changed.notify_all()


QUEUE = Queue()


def reencoded(
    image: IO[bytes] | File[bytes],
    media_type: str,
    box: tuple[int, int] | None = None,
    jpeg_quality: int | None = None,
) -> File[bytes]:
    """Re-encode an image into an anonymous temporary file: upright, without metadata.

    With a `box`, the result is a PNG of at most that width and height in pixels; with `jpeg_quality` (1 to 100) too, a
    JPEG on white. No database connection is held while waiting, unless it is called in a transaction.

    Raises:
        ImageUnreadable: not an image of that type, or beyond ATTACHMENT_MAX_PIXELS, ATTACHMENT_MAX_SIDE_PIXELS,
            IMAGE_MEMORY_BYTES or IMAGE_TIMEOUT_S.
        ImagesBusy: the wait for other images was too long.
        OSError: the disk is full.
    """
    let_go_of_connections()
    with QUEUE.turn(), on_disk(image) as source:
        target = File(TemporaryFile())  # noqa: SIM115 - the caller closes it
        shape = (*(box or ()), *([jpeg_quality] if jpeg_quality else []))
        _check(_run(source, target, FORMATS[media_type], shape))
    target.seek(0)
    return target


def let_go_of_connections() -> None:
    """Return this thread's database connections to the pool, except in a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def on_disk(file: Any) -> Iterator[IO[bytes]]:
    """Open an upload as a file that a child process can read: its temporary file, or a copy if it is in memory."""
    if hasattr(file, "temporary_file_path"):
        with open(file.temporary_file_path(), "rb") as source:
            yield source
        return
    with TemporaryFile() as source:
        file.seek(0)
        shutil.copyfileobj(file, source)
        source.seek(0)
        yield source


def _run(source: IO[bytes], target: File[bytes], kind: str, shape: tuple[int, ...]) -> int:
    """Run the child process and return its exit status."""
    limits = (
        settings.ATTACHMENT_MAX_PIXELS,
        settings.ATTACHMENT_MAX_SIDE_PIXELS,
        settings.IMAGE_MEMORY_BYTES,
        math.ceil(settings.IMAGE_TIMEOUT_S),
        *shape,
    )
    command = [sys.executable, "-I", str(Path(reencode.__file__)), kind, *map(str, limits)]
    try:
        return subprocess.run(
            command,
            stdin=source,
            stdout=target,
            stderr=subprocess.DEVNULL,
            timeout=settings.IMAGE_TIMEOUT_S,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return Status.UNREADABLE


def _check(status: int) -> None:
    if status == Status.WRITTEN:
        return
    if status == Status.NOT_STORED:
        raise OSError(ENOSPC, os.strerror(ENOSPC))
    if status == Status.TOO_MANY_PIXELS:
        most = settings.ATTACHMENT_MAX_PIXELS
        raise ImageUnreadable(
            f"This image has too many pixels. The maximum is {most / 1e6:.3g} million.",
            max_pixels=most,
            max_side_pixels=settings.ATTACHMENT_MAX_SIDE_PIXELS,
        )
    if status != Status.UNREADABLE:
        logger.warning("re-encoding an image ended with status %d", status)
    raise ImageUnreadable
