"""Versions of a workspace's guidance. Only the status of a version changes; an edit is saved as a new version."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import Q

from assistant.guidance.content import Content
from assistant.workspaces.models import Workspace


class GuidanceQuerySet(models.QuerySet["Guidance"]):
    def live(self) -> GuidanceQuerySet:
        return self.filter(status=Guidance.Status.LIVE)

    def drafts(self) -> GuidanceQuerySet:
        return self.filter(status=Guidance.Status.DRAFT)


class Guidance(models.Model):
    """One version of a workspace's guidance."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        OLD = "old", "Old"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="guidance_versions")
    number = models.PositiveIntegerField(editable=False)  # within the workspace
    status = models.CharField(max_length=5, choices=Status, default=Status.DRAFT)
    texts = models.JSONField(default=dict)  # the result of `Content.as_json`
    comment = models.CharField(max_length=200, blank=True)
    # The version that was live when this one was written. This one can only replace that version.
    base = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    objects = GuidanceQuerySet.as_manager()

    class Meta:
        ordering = ("workspace", "-number")
        verbose_name = "guidance version"
        constraints = (
            models.UniqueConstraint(fields=("workspace", "number"), name="guidance_number_once"),
            models.UniqueConstraint(fields=("workspace",), condition=Q(status="live"), name="one_live_guidance"),
            models.UniqueConstraint(fields=("workspace",), condition=Q(status="draft"), name="one_guidance_draft"),
        )

    def __str__(self) -> str:
        return f"Version {self.number}"

    @property
    def content(self) -> Content:
        return replace(Content.from_json(self.texts), number=self.number)

    def as_snapshot(self) -> dict[str, object]:
        """Return the copy of a live version that the workspace stores, so that a message needs no extra query."""
        return {**self.texts, "number": self.number}
