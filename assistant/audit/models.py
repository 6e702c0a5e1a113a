"""The audit log: one row for each action of staff, API keys and commands, and a hash chain that protects the rows.

Postgres refuses to change or delete a row (see the migration), even for this project's own code. `log.record` writes
rows, `verify` finds changed ones, and `audit_purge` deletes the oldest after AUDIT_KEPT_DAYS.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from assistant.workspaces.models import Workspace


class Event(models.Model):
    """Who did what, when, and from where. It has no customer data: customers appear as keyed pseudonyms."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("time", default=timezone.now)
    actor = models.CharField("who", max_length=160)  # a user name, "key bk_12345 (helpdesk)", or "system"
    actor_id = models.CharField(max_length=40, blank=True)
    # No constraint, because a row is kept longer than its object.
    workspace = models.ForeignKey(
        Workspace, models.DO_NOTHING, null=True, blank=True, db_constraint=False, related_name="+"
    )
    action = models.CharField("what", max_length=80)
    object_type = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=64, blank=True)  # a pseudonym if the object belongs to a customer
    subject = models.CharField("customer", max_length=64, blank=True)  # pseudonym
    detail = models.JSONField(default=dict, blank=True)
    ip = models.GenericIPAddressField("address", null=True, blank=True)  # not in the digest: truncated later
    request_id = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log entries"
        indexes = (
            models.Index(fields=("workspace", "-id"), name="audit_by_workspace"),
            models.Index(fields=("actor", "-id"), name="audit_by_actor"),
            models.Index(fields=("object_id",), name="audit_by_object"),
            models.Index(fields=("subject",), name="audit_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"


class Seal(models.Model):
    """One link of the hash chain: the digest of an event and of the previous link. Postgres writes it at commit."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.position}: {self.digest[:12]}"
