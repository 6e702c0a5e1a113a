"""Turn the fields of a row or front matter, as people write them, into a Document."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge.imports.document import Document, Notice, Refused
from knowledge.indexing.markdown_text import without_hidden

_TAGS_MAX = 100
_AUDIENCES = ("public", "customers", "internal")
_PLAIN = (str, int, float, date)


def document_of(fields: Mapping[str, Any], *, external_id: str = "", title: str = "", text: str = "") -> Document:
    """Build a Document; the keyword arguments are the defaults of missing fields.

    An unknown audience makes an internal article with a warning, because it may have been meant for few.

    Raises:
        Refused: missing_text, invalid_field.
    """
    body = fields.get("text") or fields.get("body") or text
    if not isinstance(body, str) or not body.strip():
        raise Refused("missing_text", "There is no text.")
    if "\x00" in body:
        raise Refused("invalid_field", "The text contains binary data.")
    audience, notices = _audience(_word(fields, "audience"))
    own_id = _word(fields, "id") or _word(fields, "doc_id") or _word(fields, "external_id") or external_id
    return Document(
        external_id=own_id,
        title=without_hidden(_word(fields, "title") or title or own_id),
        text=without_hidden(body),
        url=_word(fields, "url"),
        locale=_word(fields, "locale"),
        product=_word(fields, "product"),
        tags=_tags(fields.get("tags")),
        audience=audience,
        notices=notices,
    )


def _audience(value: str) -> tuple[str, tuple[Notice, ...]]:
    audience = value.casefold() or "public"
    if audience in _AUDIENCES:
        return audience, ()
    reason = f"The audience {value[:60]!r} is not known here, so it is internal. Known are {', '.join(_AUDIENCES)}."
    return "internal", (Notice("unknown_audience", reason),)


def _word(fields: Mapping[str, Any], name: str) -> str:
    """Return a field as text; a list of words is joined."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, list | tuple) and all(isinstance(each, _PLAIN) for each in value):
        value = ", ".join(str(each).strip() for each in itertools.islice(value, _TAGS_MAX))
    if not isinstance(value, _PLAIN):
        raise Refused("invalid_field", f"{name} must be text.")
    if "\x00" in str(value):
        raise Refused("invalid_field", f"{name} contains binary data.")
    return str(value).strip()


def _tags(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.replace(";", ",").split(",")
    if value is not None and not isinstance(value, list | tuple):
        raise Refused("invalid_field", "tags must be a list.")
    words = (str(each).replace("\x00", "").strip()[:200] for each in itertools.islice(value or (), _TAGS_MAX))
    return tuple(word for word in words if word)
