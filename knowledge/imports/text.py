"""Bytes into text, or a refusal that says what to do."""

from __future__ import annotations

from pathlib import Path

from knowledge.imports.document import Refused


def read_text(path: Path) -> str:
    """Return a file's text: UTF-8, or UTF-16 with its mark. Guessing further would garble names and prices."""
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("invalid_encoding", f"Not valid UTF-8 at byte {error.start}. Save the file as UTF-8.") from error
    if "\x00" in text:
        raise Refused("invalid_encoding", "The file holds binary data, not text.")
    return text


def title_of(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").strip().capitalize() or path.name
