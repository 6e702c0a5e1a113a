"""Images re-encoded in a child process, one after the other: one of them can fill the memory, and many at once do."""

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

# What an image comes as, and what it is written as. Of an animation the first frame stays.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF", "image/heic": "HEIF"}
# Browsers show no HEIC.
WRITTEN_AS = {"image/heic": "image/jpeg"}
RETRY_AFTER_S = 5


class ImageUnreadable(ServiceError):
    """`max_pixels` and `max_side_pixels` are in the details where it is too large."""

    code = "attachment_unreadable"
    http_status = 422
    sentence = "This image is damaged or too large."


class ImagesBusy(DependencyDown):
    code = "busy"
    sentence = "Too many images are being processed. Please try again in a few seconds."


class Queue:
    """One at a time, in the order they came; of the whole process."""

    def __init__(self) -> None:
        self.moved = threading.Condition()
        self.line: deque[object] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn.

        Raises:
            ImagesBusy: IMAGE_QUEUE_MAX wait already, or it did not come within IMAGE_WAIT_S.
        """
        mine = object()
        with self.moved:
            if len(self.line) > settings.IMAGE_QUEUE_MAX:  # the first is not waiting
                raise ImagesBusy(retry_after_s=RETRY_AFTER_S)
            self.line.append(mine)
        try:
            with self.moved:
                if not self.moved.wait_for(lambda: self.line[0] is mine, settings.IMAGE_WAIT_S):
                    raise ImagesBusy(retry_after_s=RETRY_AFTER_S)
            yield
        finally:
            with self.moved:
                self.line.remove(mine)
                self.moved.notify_all()


QUEUE = Queue()


def reencoded(
    image: IO[bytes] | File[bytes],
    media_type: str,
    box: tuple[int, int] | None = None,
    jpeg_quality: int | None = None,
) -> File[bytes]:
    """The same image as new bytes in a file that nobody else sees: upright, without metadata.

    With a `box` it is a PNG that fits into so many pixels; with a `jpeg_quality` as well, a JPEG on white. While it
    waits it holds no database connection, unless it is called in a transaction.

    Raises:
        ImageUnreadable: no image of that type, one of more than ATTACHMENT_MAX_PIXELS or ATTACHMENT_MAX_SIDE_PIXELS,
            or one that takes more than IMAGE_MEMORY_BYTES or IMAGE_TIMEOUT_S.
        ImagesBusy: others come first, and for too long.
        OSError: the disk is full.
    """
    let_go_of_connections()
    with QUEUE.turn(), on_disk(image) as source:
        target = File(TemporaryFile())  # noqa: SIM115 - whoever asked for it closes it
        shape = (*(box or ()), *([jpeg_quality] if jpeg_quality else []))
        _check(_run(source, target, FORMATS[media_type], shape))
    target.seek(0)
    return target


def let_go_of_connections() -> None:
    """Give them back to the pool; they are opened again when they are next used."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def on_disk(file: Any) -> Iterator[IO[bytes]]:
    """An upload as a file that a child process can read: its own one, or a copy where it is held in memory."""
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
    """The exit status of the child."""
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
        logger.warning("An image ended its reader with status %d.", status)
    raise ImageUnreadable
