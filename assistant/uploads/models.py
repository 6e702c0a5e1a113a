"""Base class of stored files."""

from __future__ import annotations

import uuid

from django.db import models


class KeptFile(models.Model):
    """A file of ours, its name and type found out by ourselves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=120)  # to be shown, and to save it under
    content_type = models.CharField(max_length=60)  # of its bytes
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
