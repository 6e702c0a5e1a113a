"""The ledger of erasures, and links to exports."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from conversations.models import Contact


class Erasure(models.Model):
    """One erasure: enough to recognise the person in a restored backup, without data about them.

    The file ERASURE_LEDGER has the same entry, and is not affected by restoring the database.
    """

    pseudonym = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)
    is_in_file = models.BooleanField(default=False)

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("at",), condition=models.Q(is_in_file=False), name="erasure_not_in_file"),)

    def __str__(self) -> str:
        return f"Erasure of {self.at:%Y-%m-%d}"


class ExportLinkQuerySet(models.QuerySet["ExportLink"]):
    def expired(self) -> ExportLinkQuerySet:
        return self.filter(created_at__lt=timezone.now() - timedelta(seconds=settings.EXPORT_LINK_VALID_S))

    def valid(self) -> ExportLinkQuerySet:
        oldest = timezone.now() - timedelta(seconds=settings.EXPORT_LINK_VALID_S)
        return self.filter(used_at=None, created_at__gte=oldest)


class ExportLink(models.Model):
    """A link that downloads a contact's export once. Only a digest of its secret is stored."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="export_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = ExportLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Link to an export of {self.contact_id}"

    @property
    def valid_until(self) -> datetime:
        return self.created_at + timedelta(seconds=settings.EXPORT_LINK_VALID_S)
