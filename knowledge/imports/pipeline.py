"""Files into articles. A second import updates in place, by external id and language.

A file that cannot be read is refused and reported; what was live before stays live.
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

Progress = Callable[[int, int], None]  # called with (articles done, articles in all)


@dataclass(slots=True)
class Report:
    """What an import did, by the articles' external ids."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)  # of articles that were taken
    published: int = 0
    dropped_answers: int = 0
    dry_run: bool = False

    def lines(self) -> list[str]:
        """The report as people read it, the refusals one a line."""
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
    """Import a file or a folder into drafts, or, with `publish`, into live articles.

    Raises nothing for a bad file: the report says which and why.
    """
    root = Path(path)
    try:
        files = files_at(root)
    except Refused as refused:
        return Report(refused=[refused.of(root.name)], dry_run=dry_run)
    read = [item for file in files for item in documents_in(file, root)]
    report, seen = Report(dry_run=dry_run), set[str]()
    for done, _ in enumerate(take_each(workspace, read, report, seen, publish=publish), start=1):
        if progress:
            progress(done, len(read))
    return report


def import_rows(workspace: Workspace, rows: Iterable[Mapping[str, Any]], publish: bool = False) -> Report:
    """The same for rows as a JSONL file has them: {id, title, text, url?, locale?, tags?}."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_bytes(b"\n".join(orjson.dumps(dict(row)) for row in rows))
        return import_path(workspace, path, publish)


@dataclass(slots=True)
class _ImportItem:
    """An article on its way in: what the report is to say of it, and what is to go live once it is embedded."""

    key: str = ""
    name: str = ""
    outcome: str = ""
    refusal: Refusal | None = None
    notices: tuple[Notice, ...] = ()
    going: publishing.PendingPublication | None = None

    def finish(self, report: Report, seen: set[str]) -> None:
        if self.going:
            try:
                report.dropped_answers += self.going.commit().dropped_answers
                report.published += 1
            except Conflict as error:
                self.refusal = Refusal(self.name, error.code, error.sentence)
        if self.key:
            seen.add(self.key)
        if self.refusal:
            report.refused.append(self.refusal)
        else:
            getattr(report, self.outcome).append(self.name)
            report.warnings += [Refusal(self.name, notice.code, notice.reason) for notice in self.notices]


def take_each(
    workspace: Workspace,
    items: Iterable[Document | Refusal],
    report: Report,
    seen: set[str],
    *,
    publish: bool,
    since: datetime | None = None,
) -> Iterator[None]:
    """Take articles over and note in the report what became of each; yields after each one.

    While one goes live the next is being embedded. Of two rows with one id and language the first counts; a file
    goes by its path there. `seen` remembers those that are in. `since` is when the import began, in an earlier slice
    perhaps: what was made after it is new, though a worker that died had made it.
    """
    begun = set(seen)
    since = since or timezone.now()
    coming = (_begun(workspace, item, begun, report, publish=publish, since=since) for item in items)
    for article, _next in pairwise(chain(coming, [_ImportItem()])):
        article.finish(report, seen)
        yield


def _begun(
    workspace: Workspace, item: Document | Refusal, begun: set[str], report: Report, *, publish: bool, since: datetime
) -> _ImportItem:
    if isinstance(item, Refusal):
        return _ImportItem(refusal=item)
    item = _told_apart(item, begun)
    key = _key(item)
    if refusal := _refusal(item, key in begun):
        return _ImportItem(refusal=refusal)
    begun.add(key)
    old = (
        Article.objects.select_related("latest_revision")
        .filter(workspace=workspace, external_id=item.external_id, locale=item.locale or workspace.locale)
        .first()
    )
    same = old is not None and _says_the_same(old, item)
    coming = _ImportItem(key, item.external_id, _outcome(old, same, since), notices=item.notices)
    if report.dry_run:
        return coming
    article = old if old is not None and same else _save(workspace, item)
    is_live = article.status == Article.Status.PUBLISHED and not article.has_unpublished_changes
    if publish and not (same and is_live):
        try:
            coming.going = publishing.prepare_publication(article)
        except Conflict as error:
            coming.refusal = Refusal(item.external_id, "too_long", error.sentence)
    return coming


def _key(document: Document) -> str:
    return f"{document.locale}:{document.external_id}"


def _told_apart(document: Document, begun: set[str]) -> Document:
    """Under another id, or its full locale, where one of the same import has its id and language."""
    if _key(document) not in begun:
        return document
    others = [replace(document, locale=document.full_locale)] if document.full_locale else []
    others += [replace(document, external_id=own_id) for own_id in document.other_ids]
    for other in others:
        if _key(other) not in begun:
            told = f"Another one has the id {document.external_id!r}; this one is {other.external_id!r} {other.locale}"
            return replace(other, notices=(*other.notices, Notice("renamed", f"{told.rstrip()}.")))
    return document


def _outcome(old: Article | None, same: bool, since: datetime) -> str:
    if old is None or old.created_at >= since:
        return "added"
    written = old.latest_revision.created_at if old.latest_revision else old.created_at
    return "unchanged" if same and written < since else "changed"


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
