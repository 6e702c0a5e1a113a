"""Markdown with an optional YAML front matter: id, title, url, locale, product, tags, audience."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from knowledge.imports.document import Document, Refused
from knowledge.imports.fields import document_of
from knowledge.imports.text import read_text, title_of

_FRONT = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_MAX_CHARS = 10_000
_FIRST_HEADING = re.compile(r"\A\s*#\s+(?P<title>[^\n]+)")


def read(path: Path, external_id: str) -> Iterator[Document]:
    text = read_text(path).replace("\r\n", "\n")
    fields: dict[str, Any] = {}
    if front := _FRONT.match(text):
        fields, text = _front_matter(front["yaml"]), text[front.end() :]
    heading = _FIRST_HEADING.match(text)
    title = heading["title"].strip(" #") if heading else title_of(path)
    fields.pop("text", None)
    yield document_of(fields, external_id=external_id, title=title, text=text)


def _front_matter(source: str) -> dict[str, Any]:
    try:
        # Ten lines of aliases of aliases stand for more text than any memory holds.
        if len(source) > _FRONT_MAX_CHARS or any(isinstance(token, yaml.AliasToken) for token in yaml.scan(source)):
            raise Refused("invalid_front_matter", "The lines between --- are too long, or use YAML aliases.")
        fields = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Refused("invalid_front_matter", f"The lines between --- are not YAML: {error}") from error
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise Refused("invalid_front_matter", "The lines between --- should be `name: value`.")
    return {str(name): value for name, value in fields.items()}
