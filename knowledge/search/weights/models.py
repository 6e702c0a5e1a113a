"""Questions with the article that answers them, and the weights of search's legs that were learned from them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from knowledge.models import Article


class LabelledQuestion(models.Model):
    """A question, and an article that answers it. A question that several answer has several rows."""

    class Source(models.TextChoices):
        STAFF = "staff"
        FILE = "file"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("workspaces.Workspace", models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, models.CASCADE, related_name="+")
    question = models.TextField()
    history = models.JSONField(default=list, blank=True)  # what was said before, as [role, text]
    key = models.CharField(max_length=64, editable=False)  # of the question with its history
    source = models.CharField(max_length=8, choices=Source)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=("article", "key"), name="label_once"),)

    def __str__(self) -> str:
        return self.question


class LegWeights(models.Model):
    """What was learned from a workspace's labels, when, and whether search goes by it."""

    class State(models.TextChoices):
        IN_USE = "in_use", "In use"
        NO_BETTER = "no_better", "No better than the default"
        TOO_FEW = "too_few", "Too few labels"
        RESET = "reset", "Reset by staff"

    workspace = models.OneToOneField("workspaces.Workspace", models.CASCADE, primary_key=True, related_name="+")
    state = models.CharField(max_length=10, choices=State)
    weights = models.JSONField(default=dict)  # by leg, together 1; empty with too few labels
    labels = models.PositiveIntegerField(default=0)
    # Mean reciprocal rank of the labelled article, each measured on labels that the weights did not see.
    shipped_mrr = models.FloatField(null=True)
    learned_mrr = models.FloatField(null=True)
    gain_low = models.FloatField(null=True)  # the 95 % interval of the difference
    gain_high = models.FloatField(null=True)
    learned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("workspace",)
        verbose_name = verbose_name_plural = "search weights"

    def __str__(self) -> str:
        return f"Search weights of {self.workspace}"

    @property
    def gain(self) -> float | None:
        if self.learned_mrr is None or self.shipped_mrr is None:
            return None
        return self.learned_mrr - self.shipped_mrr
