"""Imports started by staff or programs, and their progress."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistant.leases import LeasedJob, LeasedJobQuerySet
from assistant.workspaces.models import Workspace


class ImportQuerySet(LeasedJobQuerySet["Import"]):
    def unfinished(self) -> ImportQuerySet:
        return self.filter(status__in=[Import.Status.WAITING, Import.Status.RUNNING])

    def due(self) -> ImportQuerySet:
        return self.unfinished().unleased()

    def tried_long_ago(self) -> ImportQuerySet:
        """Dry runs whose file is stored longer than necessary."""
        before = timezone.now() - timedelta(seconds=settings.IMPORT_TRIED_KEPT_S)
        return self.filter(finished_at__lt=before, content__isnull=False)


class Import(LeasedJob):
    """An import of articles from a file or web site.

    `attempts` counts since the last progress.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    CLAIMED = {"status": Status.RUNNING}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=300)  # of the file, or the URL
    url = models.CharField(max_length=1000, blank=True)  # of a page or a sitemap; empty for a file
    content = models.BinaryField(null=True)  # the file, until it is read
    publish = models.BooleanField(default=False)
    dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    why_failed = models.CharField(max_length=300, blank=True)
    # Where the next worker continues: finished files or pages, and articles of the current one.
    pages = models.JSONField(default=list)  # the URLs, once the sitemap has been read
    files = models.PositiveIntegerField(default=0)
    files_done = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    seen = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("workspace", "-created_at"), name="import_newest"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many articles were added, changed, left unchanged and refused so far."""
        return {name: len(self.report.get(name, ())) for name in ("added", "changed", "unchanged", "refused")}

    @classmethod
    def lease_s(cls) -> float:
        return float(settings.IMPORT_LEASE_S)

    def finish(self, status: str, why_failed: str = "") -> None:
        """Finish the import. Only a dry run keeps its file, for IMPORT_TRIED_KEPT_S, to be run for real."""
        self.release_lease(
            status=status,
            why_failed=why_failed[:300],
            finished_at=timezone.now(),
            attempts=0,
            content=self.content if self.dry_run and status == self.Status.DONE else None,
            seen=[],
        )
