"""Export a contact as a ZIP with its files, and create links that download an export once."""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
from collections.abc import AsyncIterator
from tempfile import TemporaryFile
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from assistant.errors import NotFound
from conversations.models import Attachment, Contact
from conversations.privacy import contacts
from conversations.privacy.models import ExportLink

PIECE_BYTES = 64 * 1024


def new_link(contact: Contact) -> tuple[ExportLink, str]:
    """Create a link and return it with its secret, which is not stored."""
    secret = secrets.token_urlsafe(32)
    return ExportLink.objects.create(contact=contact, digest=_digest(secret)), secret


def use_link(secret: str) -> Contact:
    """Use up a link and return its contact. Of two simultaneous downloads only one succeeds.

    Raises:
        NotFound: it is unknown, used or older than EXPORT_LINK_VALID_S, or the contact was erased.
    """
    link = ExportLink.objects.valid().filter(digest=_digest(secret))
    if link.update(used_at=timezone.now()) != 1:
        raise NotFound("This link is unknown, was used already, or has expired.")
    return Contact.objects.get(export_links__digest=_digest(secret))


def write(contact: Contact) -> IO[bytes]:
    """Write the archive to a temporary file, which is deleted when it is closed.

    It has `export.json`, the result of `contacts.export`, and the contact's files in `files/`. `missing_files` lists
    files that are no longer on the disk.
    """
    exported: dict[str, Any] = contacts.export(contact)
    stored = TemporaryFile()  # noqa: SIM115  # `pieces` closes it
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        files = Attachment.objects.filter(conversation__contact=contact).order_by("created_at", "pk")
        exported["missing_files"] = [str(each.pk) for each in files.iterator() if not _add(archive, each)]
        archive.writestr("export.json", json.dumps(exported, ensure_ascii=False, indent=1, default=str))
    stored.seek(0)
    return stored


async def pieces(stored: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield the archive piece by piece, then close it."""
    try:
        while piece := await sync_to_async(stored.read, thread_sensitive=False)(PIECE_BYTES):
            yield piece
    finally:
        stored.close()


def _add(archive: zipfile.ZipFile, attachment: Attachment) -> bool:
    try:
        with attachment.file.open("rb") as file, archive.open(f"files/{attachment.pk}/{attachment.name}", "w") as into:
            while piece := file.read(PIECE_BYTES):
                into.write(piece)
    except FileNotFoundError:
        return False
    return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
