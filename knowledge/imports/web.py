"""Fetch pages of allowed hosts, by URL or by sitemap.

Every URL is checked before it is fetched, including redirects and those in sitemaps: its host must be in
IMPORT_ALLOWED_HOSTS and resolve to a public address.
"""

from __future__ import annotations

import html
import logging
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from assistant.webhooks import http_client
from assistant.webhooks.http_client import AddressRefused, CallFailed
from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.folder import documents_in
from knowledge.imports.readers.text import decode

log = logging.getLogger(__name__)
_GZIP = b"\x1f\x8b"
_LOCATION = re.compile(r"<loc>\s*+(?:<!\[CDATA\[\s*+)?([^<\s\]]{1,2000}+)\s*+(?:\]\]>\s*+)?</loc>", re.I)
_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".md",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A response. `url` is the address after redirects."""

    url: str
    kind: str  # the media type, in lower case
    charset: str  # as declared in the header, or ""
    body: bytes


def check(url: str) -> None:
    """Check that a URL may be fetched.

    Raises:
        Refused: host_not_allowed, invalid_url.
    """
    try:
        parts = urlsplit(http_client.check_url(url))
    except (AddressRefused, ValueError) as error:
        raise Refused("invalid_url", str(error)) from error
    host = (parts.hostname or "").rstrip(".").lower()
    if not any(_matches(host, allowed.lower()) for allowed in settings.IMPORT_ALLOWED_HOSTS):
        raise Refused("host_not_allowed", f"{host} is not in IMPORT_ALLOWED_HOSTS.")


def _matches(host: str, allowed: str) -> bool:
    return host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))


def fetch(url: str) -> Page:
    """Fetch a page, following redirects to allowed hosts.

    Raises:
        Refused: host_not_allowed, invalid_url, unreachable, too_large, too_many_redirects.
    """
    for _ in range(settings.IMPORT_MAX_REDIRECTS + 1):
        answer = _answer(url)
        if answer.status not in (301, 302, 303, 307, 308):
            break
        url = _target(url, answer.headers.get("location", ""))
    else:
        raise Refused("too_many_redirects", f"More than {settings.IMPORT_MAX_REDIRECTS} redirects.")
    if answer.status != 200:
        raise Refused("unreachable", f"The server responded with status {answer.status}.")
    if len(answer.body) >= settings.IMPORT_FILE_MAX_BYTES:
        raise Refused("too_large", f"Over {settings.IMPORT_FILE_MAX_BYTES:,} bytes.")
    declared = Message()
    declared["content-type"] = answer.headers.get("content-type", "")
    kind = declared.get_content_type() if declared["content-type"] else ""
    return Page(url, kind, str(declared.get_content_charset() or ""), answer.body)


def _target(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Refused("invalid_url", f"It redirects to an invalid URL: {error}") from error


def _answer(url: str) -> http_client.Answer:
    check(url)
    headers = {"user-agent": "Brevity-Import/1", "accept-encoding": "identity"}
    try:
        return http_client.call(
            "GET",
            url,
            b"",
            headers,
            timeout_s=settings.IMPORT_PAGE_TIMEOUT_S,
            max_bytes=settings.IMPORT_FILE_MAX_BYTES,
        )
    except AddressRefused as error:
        raise Refused("host_not_allowed", str(error)) from error
    except CallFailed as error:
        raise Refused("unreachable", "The server sent no complete response.") from error


def pages_at(url: str) -> list[str]:
    """Return the URL itself, or all URLs of its sitemap, each once.

    A nested sitemap that cannot be read stays in the list, so that the report gives the reason.

    Raises:
        Refused: as fetch, and empty_sitemap, too_many_pages.
    """
    page = fetch(url)
    sitemap = _sitemap(page)
    if sitemap is None:
        return [url]
    pages = dict.fromkeys(_pages_of(sitemap))
    if not pages:
        raise Refused("empty_sitemap", "The sitemap contains no pages.")
    if len(pages) > settings.IMPORT_MAX_FILES:
        raise Refused("too_many_pages", f"{len(pages):,} pages; at most {settings.IMPORT_MAX_FILES:,} are allowed.")
    return list(pages)


def _pages_of(first: bytes) -> Iterator[str]:
    """Return the pages of a sitemap and of its nested sitemaps."""
    to_read, visited = [first], set[str]()
    while to_read:
        sitemap = to_read.pop()
        if not _is_index(sitemap):
            yield from _locations(sitemap)
            continue
        for address in _locations(sitemap):
            if address in visited:
                continue
            visited.add(address)
            if len(visited) > settings.IMPORT_MAX_SITEMAPS:
                raise Refused(
                    "too_many_pages", f"The sitemap lists more than {settings.IMPORT_MAX_SITEMAPS:,} other sitemaps."
                )
            inner = _inner_sitemap(address)
            if inner is None:
                yield address
            else:
                to_read.append(inner)


def _inner_sitemap(address: str) -> bytes | None:
    """Return the nested sitemap, or None if it cannot be read or is a page."""
    try:
        return _sitemap(fetch(address))
    except Refused as refused:
        log.info("Skipping the sitemap %s: %s", address, refused)
        return None


def _sitemap(page: Page) -> bytes | None:
    """Return the sitemap in a response, decompressed if necessary; None for any other page."""
    body = _unpacked(page.body) if page.body.startswith(_GZIP) else page.body
    start = body[:1000].lower()
    return body if b"<urlset" in start or b"<sitemapindex" in start else None


def _unpacked(body: bytes) -> bytes:
    most = settings.IMPORT_UNPACKED_MAX_BYTES
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = reader.decompress(body, most)
    except zlib.error as error:
        raise Refused("unreadable_sitemap", f"The compressed sitemap cannot be read: {error}") from error
    if reader.unconsumed_tail:
        raise Refused("too_large", f"The sitemap unpacks to over {most:,} bytes.")
    return unpacked


def _is_index(sitemap: bytes) -> bool:
    return b"<sitemapindex" in sitemap[:1000].lower()


def _locations(sitemap: bytes) -> list[str]:
    """Extract the URLs with a pattern, because an XML parser can be made to expand a few lines into gigabytes."""
    return [html.unescape(match) for match in _LOCATION.findall(sitemap.decode("utf-8", "replace"))]


def documents_from(url: str) -> Iterator[Document | Refusal]:
    """Return the articles of one page. Errors are returned as a Refusal; nothing is raised."""
    try:
        page = fetch(url)
        ending = _ENDINGS.get(page.kind)
        if ending is None:
            raise Refused("unknown_format", f"{page.kind or 'No content type'}: only HTML, text and PDF are supported.")
    except Refused as refused:
        yield refused.of(url[:200])
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"page{ending}"
        path.write_bytes(page.body if ending == ".pdf" else _as_utf8(page))
        for item in documents_in(path, path):
            yield replace(item, name=url[:200]) if isinstance(item, Refusal) else _at(item, url)


def _as_utf8(page: Page) -> bytes:
    """Decode the page by the encoding of its header; if that fails, the head of the page decides later."""
    try:
        return decode(page.body, page.charset).encode()
    except Refused:
        return page.body


def _at(document: Document, url: str) -> Document:
    """Use the URL as the id, so that a second import updates the same article."""
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/")
    own_id = f"{parts.hostname}/{path}" + (f"?{parts.query}" if parts.query else "")
    return replace(document, external_id=own_id, url=url)
