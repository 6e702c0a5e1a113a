"""Unpack a zip file of articles safely: paths stay below the folder, and sizes are counted while unpacking."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from django.conf import settings

from knowledge.imports.document import Refusal, Refused

_PIECE_BYTES = 65_536
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def pack(files: list[tuple[str, bytes]]) -> bytes:
    """Pack several files into one archive, under unique names."""
    packed = io.BytesIO()
    names: set[str] = set()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            number, path = 1, PurePosixPath(name)
            while name in names:
                number += 1
                name = f"{path.stem}-{number}{path.suffix}"
            names.add(name)
            archive.writestr(name, content)
    return packed.getvalue()


def unpack(content: bytes, folder: Path) -> list[Refusal]:
    """Unpack an archive below the folder. Files that may not be unpacked are returned as refusals.

    Raises:
        Refused: unreadable_zip, too_many_files, too_large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _FAULTS as error:
        raise Refused("unreadable_zip", f"The archive cannot be read: {error}") from error
    with archive:
        entries = list(_wanted(archive))
        if len(entries) > settings.IMPORT_MAX_FILES:
            raise Refused(
                "too_many_files", f"{len(entries):,} files; at most {settings.IMPORT_MAX_FILES:,} are allowed."
            )
        refused, left = [], settings.IMPORT_UNPACKED_MAX_BYTES
        for entry in entries:
            try:
                left -= _write(archive, entry, folder, left)
            except Refused as no:
                refused.append(no.of(entry.filename[:200]))
            except _FAULTS as error:
                refused.append(Refusal(entry.filename[:200], "unreadable_zip", f"It cannot be unpacked: {error}"))
    return refused


def _wanted(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield all entries except folders and operating system files."""
    for entry in archive.infolist():
        parts = [part for part in PurePosixPath(entry.filename).parts if part != ".."]
        if not (entry.is_dir() or any(part.startswith((".", "__MACOSX")) for part in parts)):
            yield entry


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    path = (folder / entry.filename).resolve()
    if not path.is_relative_to(folder.resolve()) or "\\" in entry.filename:
        raise Refused("invalid_name", "The path points outside the archive.")
    if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 0x1:
        raise Refused("unreadable_zip", "Links and encrypted files are not supported.")
    most = min(left, settings.IMPORT_FILE_MAX_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as source, path.open("wb") as target:
        while piece := source.read(_PIECE_BYTES):
            size += len(piece)
            if size > most:  # the sizes declared in an archive may be wrong
                target.truncate(0)
                path.unlink()
                raise Refused("too_large", f"Over {most:,} bytes.")
            target.write(piece)
    return size
