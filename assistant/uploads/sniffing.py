"""Detect the type of a file from its content. The name and type sent with it are not trusted."""

import codecs
import os
import re
from functools import partial
from typing import IO, Final

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUFFIXES: Final = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    DOCX: (".docx",),
    "text/plain": (".txt", ".csv", ".log"),
}
MAGIC: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
# Brands after "ftyp" in HEIC photos: still images in HEVC, and containers that may have them.
HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
ZIP_DIRECTORY_MAX_BYTES = 262_144  # read from the end of an archive, which lists its names
NAME_MAX_CHARS = 100
PIECE_BYTES = 65_536
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Control characters, including those that change the writing direction: "gnp.exe" must not look like "exe.png".
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:\"|?*]")


def type_of(file: IO[bytes]) -> str | None:
    """Return the media type of a file, or None if it is not an accepted type."""
    file.seek(0)
    start = file.read(12)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS:
        return "image/heic"
    if start.startswith(b"PK\x03\x04"):
        return DOCX if _lists_a_document(file) else None
    for magic, media_type in MAGIC:
        if start.startswith(magic):
            return media_type
    return "text/plain" if is_plain_text(file) else None


def _lists_a_document(file: IO[bytes]) -> bool:
    """Return whether an archive's directory lists a Word document. Nothing is unpacked."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - ZIP_DIRECTORY_MAX_BYTES))
    return b"word/document.xml" in file.read(ZIP_DIRECTORY_MAX_BYTES)


def is_plain_text(file: IO[bytes]) -> bool:
    """Return whether a file is UTF-8 without control characters except white space, and not HTML, XML or SVG."""
    file.seek(0)
    pieces = codecs.iterdecode(iter(partial(file.read, PIECE_BYTES), b""), "utf-8")
    has_words = False
    try:
        for number, text in enumerate(pieces):
            if CONTROL.search(text) or (number == 0 and text[:1000].lstrip("\ufeff \t\r\n").startswith("<")):
                return False
            has_words = has_words or bool(text.strip())
    except UnicodeDecodeError:
        return False
    return has_words


def fit_name(given: str, media_type: str) -> str:
    """Return a safe file name: without a path or unsafe characters, and with a suffix of its media type."""
    name = UNFIT.sub("", given.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    endings = SUFFIXES[media_type]
    if not dot or f".{suffix.lower()}" not in endings:
        stem, suffix = name.replace(".", "-"), endings[0][1:]
    return f"{stem[:NAME_MAX_CHARS] or 'file'}.{suffix}"


def accepted_types() -> list[str]:
    """Return the values for the `accept` attribute of a file input."""
    return [*SUFFIXES, ".csv", ".log"]
