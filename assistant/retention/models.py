"""The retention periods of each workspace, and reports of what was deleted."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from assistant.workspaces.models import Workspace

# Labels for kinds of data in reports, if the name in the settings differs from the form.
LABELS = {"attachments": "Files from customers", "traces": "Details of receipts", "contacts": "Customers"}
NUMBER_OF_DAYS = (MinValueValidator(1), MaxValueValidator(3_650))


def days(label: str, default: int, help_text: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, null=True, blank=True, default=default, validators=NUMBER_OF_DAYS, help_text=help_text
    )


class RetentionPeriods(models.Model):
    """The days after which a workspace deletes each kind of data.

    Empty means that it is kept. Workspaces without a row use the defaults.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="retention")
    conversations_days = days(
        "conversations",
        180,
        "Days after the last message. Deletes messages, ratings, summaries and files, and the customer's words in open "
        "questions. Conversations that wait for a person, or that a person answers, are kept until they are resolved.",
    )
    attachments_days = days(
        "files from customers",
        90,
        "Days after the upload. Deletes the file and what was read of it; the conversation still shows its name.",
    )
    traces_days = days(
        "details of receipts",
        14,
        "Days after the reply. Deletes why a reply was given and which of its sentences were doubted. Costs, savings "
        "and times are kept for your reports.",
    )
    contacts_days = days(
        "customers",
        180,
        "Days after their first visit, if they have no conversation (any more). Deletes name, e-mail and attributes.",
    )
    open_questions_days = days("open questions", 180, "Days after a question was last asked.")
    deliveries_days = days(
        "deliveries",
        30,
        "Days after a webhook was sent to you, or received from a helpdesk. What still waits is kept. Deliveries to "
        "you are never kept longer than the server's own limit.",
    )
    cache_days = days(
        "cached answers",
        7,
        "Days after an answer was written. Pinned answers, banned ones, and those that wait for a review are kept.",
    )

    class Meta:
        ordering = ("workspace",)
        verbose_name = verbose_name_plural = "data retention"

    def __str__(self) -> str:
        return f"Data retention of {self.workspace}"

    @classmethod
    def of(cls, workspace: Workspace) -> RetentionPeriods:
        return cls.objects.filter(workspace=workspace).first() or cls(workspace=workspace)


class PurgeRun(models.Model):
    """What one purge deleted, or would delete, from a workspace or from the data that all workspaces share."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="purge_runs")
    dry_run = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    counts = models.JSONField(default=dict)  # by kind, as in PURGED_BY_WORKSPACE and PURGED
    is_complete = models.BooleanField(default=True)  # False: the next run continues
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at", "-pk")
        verbose_name = "purge report"
        indexes = (models.Index(fields=("workspace", "-started_at"), name="purge_run_newest"),)

    def __str__(self) -> str:
        return f"{'Dry run' if self.dry_run else 'Purge'} of {self.workspace or 'what workspaces share'}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Return label and count of each kind of which something was deleted."""
        named = ((LABELS.get(kind, kind.replace("_", " ").capitalize()), count) for kind, count in self.counts.items())
        return [(label, count) for label, count in named if count]
