"""Accept an uploaded file: detect its type, re-encode images, and store it without reading it into memory."""

from __future__ import annotations

import errno
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile

from assistant.errors import ServiceError
from assistant.uploads import images, sniffing

WITH_TEXT = "Files of this kind cannot be sent here. Pictures, PDF, Word documents (DOCX) and plain text can."


class AttachmentTooLarge(ServiceError):
    code = "attachment_too_large"
    http_status = 413
    sentence = "This file is too large."


class AttachmentTypeRefused(ServiceError):
    code = "attachment_type_refused"
    http_status = 415
    sentence = "This file type is not allowed. You can send images and PDFs."


class StorageFull(ServiceError):
    code = "storage_full"
    http_status = 507
    sentence = "File uploads are temporarily unavailable. Everything else works."


class Taken(NamedTuple):
    """An accepted file, with a safe name and the detected media type."""

    name: str
    media_type: str
    content: File[Any]


def read(file: UploadedFile, *, types: Container[str], max_bytes: int) -> Taken:
    """Read an upload of one of the media types.

    Raises:
        AttachmentTooLarge: more than `max_bytes`.
        AttachmentTypeRefused: the detected type is not one of `types`.
        ImageUnreadable: a damaged or too large image.
        ImagesBusy: too many images are being processed.
        StorageFull: the disk is full.
    """
    if (file.size or 0) > max_bytes:
        raise AttachmentTooLarge(max_bytes=max_bytes)
    media_type = sniffing.type_of(file)
    if media_type is None or media_type not in types:
        raise AttachmentTypeRefused(WITH_TEXT if "text/plain" in types else None)
    content: File[Any] = file
    name = file.name or ""
    if media_type in images.FORMATS:
        with _storage_full_raised():
            content = images.reencoded(file, media_type)
    if media_type in images.WRITTEN_AS:
        media_type, name = images.WRITTEN_AS[media_type], name.rpartition(".")[0]
    return Taken(sniffing.fit_name(name, media_type), media_type, content)


def put(field: FieldFile, path: str, content: File[Any]) -> None:
    """Store the file of a row that is not saved yet.

    Raises:
        StorageFull: the disk is full.
    """
    with _storage_full_raised():
        field.save(path, content, save=False)


@contextmanager
def _storage_full_raised() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise


def delete(files: Sequence[FieldFile]) -> None:
    """Delete the files of deleted rows."""
    for file in files:
        file.storage.delete(file.name)
