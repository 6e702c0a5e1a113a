"""What models cost: a row for every call, and the prices by which calls are counted."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from assistant.workspaces.models import Workspace


class ModelCallQuerySet(models.QuerySet["ModelCall"]):
    def of_conversation(self, conversation_id: uuid.UUID) -> ModelCallQuerySet:
        return self.filter(conversation_id=conversation_id)

    def since(self, moment: datetime) -> ModelCallQuerySet:
        return self.filter(at__gte=moment)


class ModelCall(models.Model):
    """One call of a model or an embedder: who asked, for what, how much, how long, how it ended."""

    class Kind(models.TextChoices):
        GENERATION = "generation"
        EMBEDDING = "embedding"

    class Purpose(models.TextChoices):
        REPLY = "reply"
        SUMMARY = "summary"
        REWRITE = "rewrite"
        SHADOW = "shadow"  # asks again what the cache answered, to check it
        QUESTION = "question"  # embedding of a customer's question
        INDEX = "index"  # embedding of articles and messages
        SEARCH = "search"
        EVALUATION = "evaluation"
        OTHER = "other"

    class Status(models.TextChoices):
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"  # whoever asked went away or said stop

    at = models.DateTimeField(default=timezone.now)
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="model_calls")
    # Not foreign keys: conversations stand above this room, and a bill outlives an erased conversation.
    conversation_id = models.UUIDField(null=True, blank=True)
    message_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GENERATION)
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.REPLY)
    tier = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=60)
    model = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.DONE)
    reason = models.CharField(max_length=60, blank=True)  # of a failure
    attempts = models.PositiveSmallIntegerField(default=1)
    texts = models.PositiveIntegerField(default=1)  # of an embedding call
    prompt_tokens = models.PositiveIntegerField(default=0)
    prompt_cached_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    counted_locally = models.BooleanField(default=False)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    unpriced = models.BooleanField(default=False)  # no rule knew the model, so the cost says nothing
    ms_first_token = models.PositiveIntegerField(null=True, blank=True)
    ms_total = models.PositiveIntegerField(default=0)

    objects = ModelCallQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["workspace", "at"], name="usage_call_workspace_at"),
            models.Index(fields=["conversation_id"], name="usage_call_conversation"),
            models.Index(fields=["message_id"], name="usage_call_message"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.engine} ({self.status})"


class PriceRule(models.Model):
    """What a model costs from a day on, in US dollars per million tokens."""

    model = models.CharField(max_length=120)  # or the first letters of its name
    valid_from = models.DateField()
    input_usd = models.DecimalField(max_digits=12, decimal_places=6)
    cached_input_usd = models.DecimalField(max_digits=12, decimal_places=6)
    output_usd = models.DecimalField(max_digits=12, decimal_places=6)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["model", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["model", "valid_from"], name="usage_one_price_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from}"
