"""The gate's settings, held messages with the verdicts of staff, and the weights learned from these verdicts."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from assistant.workspaces.models import Workspace
from conversations.models import Message

PROBABILITY = (MinValueValidator(0.05), MaxValueValidator(1.0))


class Kind(models.TextChoices):
    SPAM = "spam", "Spam"
    INJECTION = "injection", "Prompt injection"
    ABUSE = "abuse", "Abuse"


def _threshold(what: str, default: str) -> Any:
    return models.FloatField(
        what,
        null=True,
        blank=True,
        validators=PROBABILITY,
        help_text=f"Probability from 0.05 to 1. Lower holds more messages. Leave empty for {default}.",
    )


class GateSettings(models.Model):
    """The thresholds of a workspace's gate. Empty fields use the settings of the installation."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    spam_from = _threshold("Hold as spam from", "GATE_SPAM_FROM")
    injection_from = _threshold("Hold as prompt injection from", "GATE_INJECTION_FROM")
    abuse_from = _threshold("Hold as abuse from", "GATE_ABUSE_FROM")
    refuse_from = models.FloatField(
        "Refuse from",
        null=True,
        blank=True,
        validators=PROBABILITY,
        help_text="Messages at least this likely to be any of the three are refused at once; nobody reviews them. "
        "1 refuses none of them. Leave empty for GATE_REFUSE_FROM.",
    )
    mute_hours = models.PositiveIntegerField(
        "Mute for (hours)",
        null=True,
        blank=True,
        validators=[MaxValueValidator(24 * 365)],
        help_text="How long a visitor can't write after you mark a message as spam. 0 mutes nobody. "
        "Leave empty for GATE_MUTE_HOURS.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "gate settings"

    def __str__(self) -> str:
        return f"Gate of {self.workspace}"

    @classmethod
    def of(cls, workspace_id: uuid.UUID | None) -> GateSettings:
        """Return the settings of a workspace, or an unsaved default."""
        found = cls.objects.filter(pk=workspace_id).first() if workspace_id else None
        return found or cls(workspace_id=workspace_id)

    def hold_from(self, kind: str) -> float:
        chosen: float | None = getattr(self, f"{kind}_from")
        return getattr(settings, f"GATE_{kind.upper()}_FROM") if chosen is None else chosen

    @property
    def refuse_above(self) -> float:
        chosen = settings.GATE_REFUSE_FROM if self.refuse_from is None else self.refuse_from
        return chosen if chosen < 1 else float("inf")

    @property
    def muted_hours(self) -> int:
        return settings.GATE_MUTE_HOURS if self.mute_hours is None else self.mute_hours


class HeldMessage(models.Model):
    """A message held for review, and later the verdict, which is a label for training the gate.

    The text is stored only in the message, so that both are erased together.
    """

    class Verdict(models.TextChoices):
        PENDING = "pending", "Waiting for review"
        RELEASED = "released", "Released"
        SPAM = "spam", "Spam"

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="held")
    notice = models.OneToOneField(Message, models.SET_NULL, null=True, blank=True, related_name="notice_of")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=10, choices=Kind)
    chances = models.JSONField(default=dict)  # by class, at the time it arrived
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by_name = models.CharField(max_length=150, blank=True)  # the user, or the API key
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("created_at", "pk")
        verbose_name = "held message"
        indexes = [
            models.Index(
                fields=["workspace", "created_at"], condition=models.Q(verdict="pending"), name="held_pending"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.message.text[:60]}"

    @property
    def score(self) -> float:
        return float(self.chances.get(self.reason, 0.0))

    @property
    def is_pending(self) -> bool:
        return self.verdict == self.Verdict.PENDING


class GateModel(models.Model):
    """Weights learned from the verdicts of this installation, with a comparison to the earlier ones."""

    class State(models.TextChoices):
        IN_USE = "in_use", "In use"
        REPLACED = "replaced", "Replaced"
        NO_BETTER = "no_better", "No better"
        TOO_FEW = "too_few", "Too few verdicts"
        ROLLED_BACK = "rolled_back", "Rolled back"

    state = models.CharField(max_length=12, choices=State)
    weights = models.BinaryField(null=True, editable=False)
    labels = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)  # {name: [before, after]}, with the names of retraining.Figures
    learned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-learned_at",)
        verbose_name = "gate model"
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="in_use"), name="one_gate_model_in_use")
        ]

    def __str__(self) -> str:
        return f"Gate model of {self.learned_at:%d %b %Y}"
