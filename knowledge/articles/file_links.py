"""Where files of articles are served, and how a text names them. Pure."""

from __future__ import annotations

import re
import uuid

PREFIX = "/article-files/"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ADDRESS = re.compile(rf"{PREFIX}{_UUID}")
# What a repetition takes it keeps, and none begins anew within what one has taken: no text takes long.
_NAMED = re.compile(rf"(?<!\\)!?\[((?:\\.|[^\[\]\\])*+)\]\({PREFIX}{_UUID}(?:\s++\"[^\"\n]*+\")?\)")
_MARKS = re.compile(r"[\\\[\]`]")


def address_of(file_id: uuid.UUID) -> str:
    return f"{PREFIX}{file_id}"


def is_ours(address: str) -> bool:
    return _ADDRESS.fullmatch(address) is not None


def as_label(name: str) -> str:
    """A file's name as it stands in the brackets of a link."""
    return _MARKS.sub(r"\\\g<0>", name)


def without_files(markdown: str) -> str:
    """The text with the labels of our own files alone: their addresses say nothing, and lead nowhere elsewhere."""
    return _NAMED.sub(r"\1", markdown)
