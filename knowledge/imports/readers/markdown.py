"""Read Markdown with optional front matter: id, title, url, locale, product, tags, audience."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from knowledge.imports.document import Document
from knowledge.imports.fields import document_of
from knowledge.imports.readers import front_matter
from knowledge.imports.readers.markdown_dialects import as_commonmark
from knowledge.imports.readers.text import read_text, title_of

_FIRST_HEADING = re.compile(r"#[ \t]+(?P<title>[^\n]+)")
_UNDERLINED = re.compile(r"(?P<title>[^\n]+)\n=+[ \t]*(?:\n|\Z)")


def read(path: Path, external_id: str) -> Iterator[Document]:
    source = read_text(path).replace("\r\n", "\n")
    fields, text, notices = front_matter.split(source)
    text = as_commonmark(text)
    fields.pop("text", None)
    document = document_of(fields, external_id=external_id, title=_heading(text) or title_of(path), text=text)
    yield replace(document, notices=(*notices, *document.notices))


def _heading(text: str) -> str:
    """Return the title at the beginning of the text, in either of Markdown's heading styles."""
    start = text.lstrip()
    match = _FIRST_HEADING.match(start) or _UNDERLINED.match(start)
    return match["title"].strip(" \t#") if match else ""
