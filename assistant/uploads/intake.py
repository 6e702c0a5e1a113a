"""A file from outside: known by its bytes, pictures written anew, put where files are kept."""

import errno
from collections.abc import Container, Sequence
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile

from assistant.errors import ServiceError
from assistant.uploads import pictures, sniffing

WITH_TEXT = "Files of this kind cannot be sent here. Pictures, PDF and plain text can."


class AttachmentTooLarge(ServiceError):
    code = "attachment_too_large"
    http_status = 413
    sentence = "This file is too large."


class AttachmentTypeRefused(ServiceError):
    code = "attachment_type_refused"
    http_status = 415
    sentence = "Files of this kind cannot be sent here. Pictures and PDF can."


class StorageFull(ServiceError):
    code = "storage_full"
    http_status = 507
    sentence = "We cannot take files at the moment. Everything else works."


class Taken(NamedTuple):
    """What is kept of a file: name and type are our own."""

    name: str
    media_type: str
    content: bytes


def read(file: UploadedFile, *, types: Container[str], max_bytes: int) -> Taken:
    """Read an upload of one of the media types.

    Raises:
        AttachmentTooLarge: more than `max_bytes`.
        AttachmentTypeRefused, PictureUnreadable: nothing that may come in.
    """
    if (file.size or 0) > max_bytes:
        raise AttachmentTooLarge(max_bytes=max_bytes)
    content = file.read()
    media_type = sniffing.type_of(content)
    if media_type is None or media_type not in types:
        raise AttachmentTypeRefused(WITH_TEXT if "text/plain" in types else None)
    if media_type in pictures.FORMATS:
        content = pictures.written_anew(content, media_type)
    return Taken(sniffing.fit_name(file.name or "", media_type), media_type, content)


def put(field: FieldFile, path: str, content: bytes) -> None:
    """Write the file of a row that is not saved yet.

    Raises:
        StorageFull: the disk is.
    """
    try:
        field.save(path, ContentFile(content), save=False)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise


def delete(files: Sequence[FieldFile]) -> None:
    """Delete files whose rows are gone."""
    for file in files:
        file.storage.delete(file.name)
