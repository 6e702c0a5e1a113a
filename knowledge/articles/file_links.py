"""URLs of article files, and how a text refers to them. Pure."""

from __future__ import annotations

import re
import uuid

PREFIX = "/article-files/"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ADDRESS = re.compile(rf"{PREFIX}{_UUID}")
# Possessive repetitions avoid backtracking, so matching is linear in the text.
_NAMED = re.compile(rf"(?<!\\)!?\[((?:\\.|[^\[\]\\])*+)\]\({PREFIX}{_UUID}(?:\s++\"[^\"\n]*+\")?\)")
_MARKS = re.compile(r"[\\\[\]`]")


def address_of(file_id: uuid.UUID) -> str:
    return f"{PREFIX}{file_id}"


def is_ours(address: str) -> bool:
    return _ADDRESS.fullmatch(address) is not None


def as_label(name: str) -> str:
    """Return a file's name as the label of a Markdown link."""
    return _MARKS.sub(r"\\\g<0>", name)


def without_files(markdown: str) -> str:
    """Replace links to our own files by their labels: the URLs carry no meaning and do not work elsewhere."""
    return _NAMED.sub(r"\1", markdown)
