"""Base classes of stored files, and of the text read from them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models


class KeptFile(models.Model):
    """A stored file, with a safe name and the detected media type."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=120)  # shown, and used for downloads
    content_type = models.CharField(max_length=60)  # detected from the content
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "content_type": self.content_type,
            "size_bytes": self.size_bytes,
        }


class Reading(models.Model):
    """The text and properties that were read from a file."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        READING = "reading"
        READ = "read"
        FAILED = "failed"

    FINISHED = (Status.READ, Status.FAILED)

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    code = models.CharField(max_length=40, blank=True)  # why it failed, or why pages are missing (docs/files.md)
    text = models.TextField(blank=True)
    engine = models.CharField(max_length=20, blank=True)  # "text" for a text layer, otherwise the OCR engine
    confidence = models.FloatField(null=True, blank=True)  # 0 to 1, of OCR
    language = models.CharField(max_length=10, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)  # of a PDF
    width = models.PositiveIntegerField(null=True, blank=True)  # of a picture, in pixels
    height = models.PositiveIntegerField(null=True, blank=True)
    ms = models.PositiveIntegerField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)  # by the process that reads it
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
