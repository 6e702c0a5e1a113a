"""Import files as articles. A second import updates articles by external id and language.

A file that cannot be read is refused and reported; what was published before stays published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone

from assistant.errors import Conflict
from assistant.workspaces.models import Workspace
from knowledge.articles import publishing
from knowledge.imports.document import Document, Notice, Refusal, Refused
from knowledge.imports.folder import documents_in, files_at
from knowledge.models import Article

Progress = Callable[[int, int], None]  # called with (articles done, total)


@dataclass(slots=True)
class Report:
    """Result of an import, by the articles' external ids."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)  # about imported articles
    published: int = 0
    dropped_answers: int = 0
    dry_run: bool = False

    def lines(self) -> list[str]:
        """Return the report as text, one line per refusal."""
        counts = ", ".join(f"{len(getattr(self, name))} {name}" for name in ("added", "changed", "unchanged"))
        head = f"{counts}, {len(self.refused)} refused; {self.published} published, "
        head += f"{self.dropped_answers} cached answers dropped." + (" Nothing was written." if self.dry_run else "")
        refused = (f"refused {r.name}: {r.code}: {r.reason}" for r in self.refused)
        return [head, *refused, *(f"warning {w.name}: {w.code}: {w.reason}" for w in self.warnings)]


def import_path(
    workspace: Workspace,
    path: Path | str,
    publish: bool = False,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> Report:
    """Import a file or a folder as drafts or, with `publish`, as published articles.

    Raises nothing for a bad file: the report says which and why.
    """
    root = Path(path)
    try:
        files = files_at(root)
    except Refused as refused:
        return Report(refused=[refused.of(root.name)], dry_run=dry_run)
    items = [item for file in files for item in documents_in(file, root)]
    report, imported = Report(dry_run=dry_run), set[str]()
    for done, _ in enumerate(take_each(workspace, items, report, imported, publish=publish), start=1):
        if progress:
            progress(done, len(items))
    return report


def import_rows(workspace: Workspace, rows: Iterable[Mapping[str, Any]], publish: bool = False) -> Report:
    """Import rows in the format of a JSONL file: {id, title, text, url?, locale?, tags?}."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_bytes(b"\n".join(orjson.dumps(dict(row)) for row in rows))
        return import_path(workspace, path, publish)


@dataclass(slots=True)
class _ImportItem:
    """An article being imported: its line in the report, and its publication while it is being embedded."""

    key: str = ""
    name: str = ""
    outcome: str = ""
    refusal: Refusal | None = None
    notices: tuple[Notice, ...] = ()
    publication: publishing.PendingPublication | None = None

    def finish(self, report: Report, imported: set[str]) -> None:
        if self.publication:
            try:
                report.dropped_answers += self.publication.commit().dropped_answers
                report.published += 1
            except Conflict as error:
                self.refusal = Refusal(self.name, error.code, error.sentence)
        if self.key:
            imported.add(self.key)
        if self.refusal:
            report.refused.append(self.refusal)
        else:
            getattr(report, self.outcome).append(self.name)
            report.warnings += [Refusal(self.name, notice.code, notice.reason) for notice in self.notices]


def take_each(
    workspace: Workspace,
    items: Iterable[Document | Refusal],
    report: Report,
    imported: set[str],
    *,
    publish: bool,
    since: datetime | None = None,
) -> Iterator[None]:
    """Import documents and add each result to the report; yields after each one.

    While one article is published the next is being embedded. Of two rows with the same id and language the first
    counts; a file gets its path as id instead. `imported` are the keys so far. `since` is when the import began,
    maybe in an earlier slice: articles created after it count as new, even by a worker that died.
    """
    started = set(imported)
    since = since or timezone.now()
    started_items = (_start(workspace, item, started, report, publish=publish, since=since) for item in items)
    for article, _next in pairwise(chain(started_items, [_ImportItem()])):
        article.finish(report, imported)
        yield


def _start(
    workspace: Workspace, item: Document | Refusal, started: set[str], report: Report, *, publish: bool, since: datetime
) -> _ImportItem:
    if isinstance(item, Refusal):
        return _ImportItem(refusal=item)
    item = _with_unique_id(item, started)
    key = _key(item)
    if refusal := _refusal(item, key in started):
        return _ImportItem(refusal=refusal)
    started.add(key)
    old = (
        Article.objects.select_related("latest_revision")
        .filter(workspace=workspace, external_id=item.external_id, locale=item.locale or workspace.locale)
        .first()
    )
    same = old is not None and _says_the_same(old, item)
    started_item = _ImportItem(key, item.external_id, _outcome(old, same, since), notices=item.notices)
    if report.dry_run:
        return started_item
    article = old if old is not None and same else _save(workspace, item)
    is_live = article.status == Article.Status.PUBLISHED and not article.has_unpublished_changes
    if publish and not item.is_draft and not (same and is_live):
        try:
            started_item.publication = publishing.prepare_publication(article)
        except Conflict as error:
            started_item.refusal = Refusal(item.external_id, "too_long", error.sentence)
    return started_item


def _key(document: Document) -> str:
    return f"{document.locale}:{document.external_id}"


def _with_unique_id(document: Document, taken_keys: set[str]) -> Document:
    """Return the document under another id, or its full locale, if its id and language are taken in this import."""
    if _key(document) not in taken_keys:
        return document
    others = [replace(document, locale=document.full_locale)] if document.full_locale else []
    others += [replace(document, external_id=own_id) for own_id in document.other_ids]
    for other in others:
        if _key(other) not in taken_keys:
            note = f"Another one has the id {document.external_id!r}; this one is {other.external_id!r} {other.locale}"
            return replace(other, notices=(*other.notices, Notice("renamed", f"{note.rstrip()}.")))
    return document


def _outcome(old: Article | None, same: bool, since: datetime) -> str:
    if old is None or old.created_at >= since:
        return "added"
    saved_at = old.latest_revision.created_at if old.latest_revision else old.created_at
    return "unchanged" if same and saved_at < since else "changed"


def _refusal(document: Document, is_repeated: bool) -> Refusal | None:
    name, most = document.external_id, settings.ARTICLE_MAX_CHARS
    if is_repeated:
        return Refusal(name, "repeated_id", "An article with this id came before in the same import.")
    if len(document.text) > most:
        return Refusal(name, "too_long", f"{len(document.text):,} characters; at most {most:,} make one article.")
    if len(name) > 200 or len(document.title) > 300 or len(document.url) > 1000:
        return Refusal(name[:200], "invalid_field", "The id may have 200 characters, the title 300, the url 1000.")
    if len(document.locale) > 16 or len(document.product) > 200:
        return Refusal(name, "invalid_field", "The locale may have 16 characters, the product 200.")
    return None


def _save(workspace: Workspace, document: Document) -> Article:
    return publishing.save_draft(
        workspace,
        external_id=document.external_id,
        title=document.title,
        body=document.text,
        locale=document.locale,
        url=document.url,
        product=document.product,
        tags=document.tags,
        audience=document.audience,
        note="Imported",
    )


def _says_the_same(article: Article, document: Document) -> bool:
    return (article.title, article.body, article.url, article.product, tuple(article.tags), article.audience) == (
        document.title,
        document.text,
        document.url,
        document.product,
        document.tags,
        document.audience,
    )
