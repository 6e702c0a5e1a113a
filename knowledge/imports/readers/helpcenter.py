"""Read JSON exports of help centers: Zendesk Guide, Intercom, or a list of rows as in JSONL.

Zendesk: https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/ Intercom:
https://developers.intercom.com/docs/references/rest-api/api.intercom.io/articles
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.fields import document_of
from knowledge.imports.readers.html import HtmlPage
from knowledge.imports.readers.tabular import row_of
from knowledge.imports.readers.text import read_text
from knowledge.imports.sandbox import notices_of, page_of

_NOT_PUBLISHED = Refusal("", "not_published", "It is a draft there, and stays one.")


def read(path: Path, external_id: str) -> Iterator[Document | Refusal]:
    try:
        data = orjson.loads(read_text(path))
    except orjson.JSONDecodeError as error:
        raise Refused("invalid_json", f"Not JSON: {error}") from error
    articles = _listed(data)
    if articles is None:
        raise Refused("unknown_format", "Not a list of articles, a Zendesk export or an Intercom export.")
    for number, article in enumerate(articles, start=1):
        name = f"{path.name}:{number}"
        if not isinstance(article, dict):
            yield Refusal(name, "invalid_json", "Each article should be one JSON object.")
            continue
        try:
            yield from _articles_of(article, name, f"{external_id}-{number}")
        except Refused as refused:
            yield refused.of(name)


def _listed(data: Any) -> list[Any] | None:
    if isinstance(data, dict) and ("body" in data or "text" in data):
        return [data]
    if isinstance(data, dict):
        data = data.get("articles", data.get("data"))
    return data if isinstance(data, list) else None


def _articles_of(article: dict[str, Any], name: str, external_id: str) -> Iterator[Document | Refusal]:
    if "text" in article:
        yield row_of(article, name, external_id)
    elif "html_url" in article or "section_id" in article:
        yield _zendesk(article)
    elif "state" in article or article.get("type") == "article":
        yield from _intercom(article)
    else:
        yield row_of({**article, "text": _page(article.get("body")).text}, name, external_id)


def _zendesk(article: Mapping[str, Any]) -> Document | Refusal:
    """Read a Zendesk article. A restricted one becomes internal until staff change its audience."""
    own_id = str(article.get("id", ""))
    if article.get("draft"):
        return Refusal(own_id, _NOT_PUBLISHED.code, _NOT_PUBLISHED.reason)
    fields = {
        "id": own_id,
        "title": article.get("title") or article.get("name"),
        "url": article.get("html_url"),
        "locale": _language(article.get("locale")),
        "tags": article.get("label_names"),
        "audience": "internal" if article.get("user_segment_id") else "public",
    }
    return _document(fields, article.get("body"), article.get("locale"))


def _intercom(article: Mapping[str, Any]) -> Iterator[Document | Refusal]:
    """Yield the article in its own language, then its translations with the same id."""
    own_id, own_locale = str(article.get("id", "")), _region(article.get("default_locale"))
    yield _in_language(article, own_id, own_locale)
    translated = article.get("translated_content")
    for locale, content in (translated if isinstance(translated, dict) else {}).items():
        if isinstance(content, dict) and _region(locale) != own_locale:
            yield _in_language(content, own_id, locale)


def _in_language(content: Mapping[str, Any], own_id: str, locale: str) -> Document | Refusal:
    if content.get("state") != "published":
        return Refusal(f"{own_id} {locale}".strip(), _NOT_PUBLISHED.code, _NOT_PUBLISHED.reason)
    fields = {"id": own_id, "title": content.get("title"), "url": content.get("url"), "locale": _language(locale)}
    return _document(fields, content.get("body"), locale)


def _document(fields: dict[str, Any], body: Any, locale: Any) -> Document:
    """Build the document, with the warnings of its HTML, and its region in case another has the same language."""
    page = _page(body)
    document = document_of({**fields, "text": page.text})
    return replace(document, full_locale=_region(locale), notices=(*document.notices, *notices_of(page)))


def _page(body: Any) -> HtmlPage:
    if not isinstance(body, str) or not body.strip():
        raise Refused("missing_text", "There is no text.")
    return page_of(body)


def _region(locale: Any) -> str:
    return str(locale or "").replace("_", "-").lower()


def _language(locale: Any) -> str:
    """Return the language of "en-us": articles have a language, not a country."""
    return _region(locale).split("-")[0]
