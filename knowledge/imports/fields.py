"""The fields of a row or of a front matter, as people write them, into a Document."""

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
    """Build a Document; the keyword arguments stand in for fields that are not given.

    An audience that is not known here makes an article for staff alone, with a notice: it may have been meant for few.

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


def _audience(given: str) -> tuple[str, tuple[Notice, ...]]:
    audience = given.casefold() or "public"
    if audience in _AUDIENCES:
        return audience, ()
    reason = f"The audience {given[:60]!r} is not known here, so it is internal. Known are {', '.join(_AUDIENCES)}."
    return "internal", (Notice("unknown_audience", reason),)


def _word(fields: Mapping[str, Any], name: str) -> str:
    """A field as text; of a list of words, all of them."""
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
