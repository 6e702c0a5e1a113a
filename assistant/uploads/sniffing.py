"""What a file is, by its own bytes: the name and the type that came with it prove nothing."""

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
# What stands behind "ftyp" in a photo of a phone: still pictures in HEVC, and what may hold such.
HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
ZIP_DIRECTORY_MAX_BYTES = 262_144  # of the end of an archive, where its names are listed
NAME_MAX_CHARS = 100
PIECE_BYTES = 65_536
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Control characters, and those that turn the direction of writing: "gnp.exe" must not read as "exe.png".
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:\"|?*]")


def type_of(file: IO[bytes]) -> str | None:
    """The media type of a file that may come in, otherwise None."""
    file.seek(0)
    begins = file.read(12)
    if begins[:4] == b"RIFF" and begins[8:12] == b"WEBP":
        return "image/webp"
    if begins[4:8] == b"ftyp" and begins[8:12] in HEIC_BRANDS:
        return "image/heic"
    if begins.startswith(b"PK\x03\x04"):
        return DOCX if _lists_a_document(file) else None
    for magic, media_type in MAGIC:
        if begins.startswith(magic):
            return media_type
    return "text/plain" if is_plain_text(file) else None


def _lists_a_document(file: IO[bytes]) -> bool:
    """Whether an archive says that it holds a Word document. Nothing of it is unpacked."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - ZIP_DIRECTORY_MAX_BYTES))
    return b"word/document.xml" in file.read(ZIP_DIRECTORY_MAX_BYTES)


def is_plain_text(file: IO[bytes]) -> bool:
    """UTF-8 without control characters but white space; what looks like a page or a picture is none."""
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
    """A file name without path or tricks, that ends as files of its type do."""
    name = UNFIT.sub("", given.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    endings = SUFFIXES[media_type]
    if not dot or f".{suffix.lower()}" not in endings:
        stem, suffix = name.replace(".", "-"), endings[0][1:]
    return f"{stem[:NAME_MAX_CHARS] or 'file'}.{suffix}"


def accepted_types() -> list[str]:
    """As an `accept` attribute lists them."""
    return [*SUFFIXES, ".csv", ".log"]
