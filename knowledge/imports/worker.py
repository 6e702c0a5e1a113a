"""Run imports in a worker, in slices, and resume after a crash.

A file that repeatedly kills its worker is refused, and the import continues after it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from assistant.leases import LeaseLost
from knowledge.imports import archive, pipeline, web
from knowledge.imports.document import Document, Refusal, Refused
from knowledge.imports.folder import documents_in, files_at
from knowledge.imports.models import Import
from knowledge.imports.pipeline import Report

log = logging.getLogger(__name__)
SAVE_INTERVAL_S = 1.0
Reader = Callable[[], Iterator[Document | Refusal]]


def carry_on(ordered: Import) -> bool:
    """Work on an import for one slice of time. Returns True if more work is left for this worker."""
    if not ordered.claim():
        return False
    try:
        return _carried_on(ordered)
    except LeaseLost:
        log.warning("Import %s was deleted or outlived its lease; this worker stops processing it", ordered.pk)
        return False


def _carried_on(ordered: Import) -> bool:
    if ordered.attempts > 2 * settings.IMPORT_MAX_ATTEMPTS:
        _fail(ordered, Refused("reader_crashed", "It ended its worker again and again."))
        return False
    try:
        with _readers(ordered) as readers:
            done = _slice(ordered, readers, time.monotonic() + settings.IMPORT_SLICE_S)
    except Refused as refused:
        _fail(ordered, refused)
        return False
    if done:
        ordered.finish(Import.Status.DONE)
        return False
    ordered.release_lease(status=Import.Status.WAITING)
    return True


def _fail(ordered: Import, refused: Refused) -> None:
    """Finish the import as failed. The report has the code, as for a single file."""
    report = _report_of(ordered)
    report.refused.append(refused.of((ordered.url or ordered.name)[:200]))
    ordered.keep(report=asdict(report))
    ordered.finish(Import.Status.FAILED, refused.reason)


@contextmanager
def _readers(ordered: Import) -> Iterator[list[tuple[str, Reader]]]:
    """Return one named reader per file or page, always in the same order.

    Raises:
        Refused: nothing is readable.
    """
    if ordered.url:
        if not ordered.pages:
            ordered.keep(pages=web.pages_at(ordered.url))
        yield [(page, lambda page=page: web.documents_from(page)) for page in ordered.pages]  # type: ignore[misc]
        return
    with TemporaryDirectory() as folder:
        refused = _laid_out(ordered, Path(folder))
        files = [(file, Path(folder)) for file in files_at(Path(folder))]
        named: list[tuple[str, Reader]] = [(no.name, lambda no=no: iter([no])) for no in refused]  # type: ignore[misc]
        named += [(file.name, lambda file=file, root=root: documents_in(file, root)) for file, root in files]  # type: ignore[misc]
        yield named


def _laid_out(ordered: Import, folder: Path) -> list[Refusal]:
    content = bytes(ordered.content or b"")
    if ordered.name.lower().endswith(".zip"):
        return archive.unpack(content, folder)
    (folder / ordered.name).write_bytes(content)
    return []


def _slice(ordered: Import, readers: Sequence[tuple[str, Reader]], until: float) -> bool:
    """Import articles until the time is up; returns True when all are done."""
    report = _report_of(ordered)
    progress = _Progress(ordered, report, set(ordered.seen))
    ordered.keep(files=len(readers), attempts=ordered.attempts)
    if ordered.attempts > settings.IMPORT_MAX_ATTEMPTS and ordered.files_done < len(readers):
        name = readers[ordered.files_done][0]
        report.refused.append(Refusal(name, "reader_crashed", "Reading it crashed the worker more than once."))
        progress.file_done()
    for _, reader in readers[ordered.files_done :]:
        items = _Timed(islice(reader(), ordered.items_done, None), until)
        progress_of_items = pipeline.take_each(
            ordered.workspace, items, report, progress.seen, publish=ordered.publish, since=ordered.created_at
        )
        for _ in progress_of_items:
            progress.item_done()
        if items.time_is_over:
            progress.save()
            return False
        progress.file_done()
    return True


class _Timed:
    """Yields articles until the time is up, but at least one."""

    def __init__(self, items: Iterator[Document | Refusal], until: float) -> None:
        self.items, self.until = items, until
        self.time_is_over = False

    def __iter__(self) -> Iterator[Document | Refusal]:
        for item in self.items:
            yield item
            if time.monotonic() > self.until:
                self.time_is_over = True
                return


class _Progress:
    """Stores the progress of a slice about once a second."""

    def __init__(self, ordered: Import, report: Report, imported: set[str]) -> None:
        self.ordered, self.report, self.seen = ordered, report, imported
        self.saved = time.monotonic()

    def item_done(self) -> None:
        self.ordered.items_done += 1
        if time.monotonic() - self.saved > SAVE_INTERVAL_S:
            self.save()

    def file_done(self) -> None:
        self.ordered.files_done += 1
        self.ordered.items_done = 0
        self.save()

    def save(self) -> None:
        self.saved = time.monotonic()
        self.ordered.keep(
            files_done=self.ordered.files_done,
            items_done=self.ordered.items_done,
            report=asdict(self.report),
            seen=sorted(self.seen),
        )


def _report_of(ordered: Import) -> Report:
    report: dict[str, Any] = dict(ordered.report)
    lists = {name: [Refusal(**each) for each in report.pop(name, [])] for name in ("refused", "warnings")}
    return Report(**{**report, **lists, "dry_run": ordered.dry_run})
