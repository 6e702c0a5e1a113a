"""Decode bytes as text, or refuse them with a reason that says what to do."""

from __future__ import annotations

from pathlib import Path

from bs4.dammit import EncodingDetector

from knowledge.imports.document import Refused

# Declared encodings, and the encoding that browsers use for them (https://encoding.spec.whatwg.org/#names-and-labels).
_ENCODINGS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "latin1": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs",
    "euc-kr": "cp949", "koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman", "windows-874": "cp874",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    **{f"windows-125{n}": f"cp125{n}" for n in range(9)},
    **{f"cp125{n}": f"cp125{n}" for n in range(9)},
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    "iso-8859-9": "cp1254",
}  # fmt: skip


def read_text(path: Path) -> str:
    """Return a file's text: UTF-8, or UTF-16 with a byte order mark. Guessing further would garble names and prices."""
    return decode(path.read_bytes())


def read_html_text(path: Path) -> str:
    """Return a page's text: UTF-8, or the encoding that its head declares."""
    raw = path.read_bytes()
    return decode(raw, EncodingDetector.find_declared_encoding(raw, is_html=True) or "")


def decode(raw: bytes, declared: str = "") -> str:
    """Decode bytes; `declared` is the encoding from a header or the page.

    Valid UTF-8 is decoded as such whatever was declared: text in other encodings is hardly ever valid UTF-8.

    Raises:
        Refused: invalid_encoding.
    """
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        text = _as_declared(raw, declared, error)
    if "\x00" in text:
        raise Refused("invalid_encoding", "The file contains binary data, not text.")
    return text


def _as_declared(raw: bytes, declared: str, no_utf8: UnicodeDecodeError) -> str:
    name = declared.strip().strip("\"'").lower()
    encoding = _ENCODINGS.get(name)
    if encoding is None:
        hint = f"It declares {declared[:40]!r}, which is not known. " if name not in ("", "utf-8", "utf8") else ""
        raise Refused(
            "invalid_encoding", f"{hint}Not valid UTF-8 at byte {no_utf8.start}. Save the file as UTF-8."
        ) from no_utf8
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("invalid_encoding", f"Not valid {name} at byte {error.start}. Save the file as UTF-8.") from error


def title_of(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").strip().capitalize() or path.name
