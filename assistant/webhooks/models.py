"""Webhook endpoints, and every delivery to them, sent or pending."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from assistant.leases import LeasedJob, LeasedJobQuerySet
from assistant.workspaces.models import Workspace

EVENTS = (
    "message.created",
    "reply.completed",
    "conversation.updated",
    "handoff.requested",
    "article.published",
    "gap.found",
    "budget.alert",
    "contact.erased",
)


def new_secret() -> str:
    """Return 32 random bytes in the format of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def new_message_id() -> str:
    return "msg_" + uuid.uuid4().hex


class Endpoint(models.Model):
    """A URL that receives events of a workspace."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    url = models.URLField("URL", max_length=1000)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list, blank=True)  # empty: every event
    secret = models.CharField(max_length=100, default=new_secret)
    # Signs in addition to the new secret until then, so that the receiver has time to switch.
    previous_secret = models.CharField(max_length=100, blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    failures = models.PositiveIntegerField(default=0)  # consecutive
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "webhook"

    def __str__(self) -> str:
        return self.url

    def secrets_now(self) -> list[str]:
        """Return the valid secrets, newest first; there are two during a rotation."""
        until = self.previous_secret_until
        return [self.secret, *([self.previous_secret] if until and until > timezone.now() else [])]

    def change(self, **fields: object) -> None:
        """Set fields; enabling an endpoint resets its failures."""
        for name, value in fields.items():
            setattr(self, name, value)
        if self.enabled:
            self.disabled_reason, self.failures = "", 0
        self.save()

    def rotate(self) -> None:
        """Create a new secret; the old one stays valid for WEBHOOK_SECRET_OVERLAP_S."""
        self.previous_secret, self.secret = self.secret, new_secret()
        self.previous_secret_until = timezone.now() + timedelta(seconds=settings.WEBHOOK_SECRET_OVERLAP_S)
        self.save(update_fields=["secret", "previous_secret", "previous_secret_until", "updated_at"])


class DeliveryQuerySet(LeasedJobQuerySet["Delivery"]):
    def due(self) -> DeliveryQuerySet:
        pending = self.unleased().filter(status=Delivery.Status.PENDING, endpoint__enabled=True)
        return pending.filter(next_attempt_at__lte=timezone.now())


class Delivery(LeasedJob):
    """One event for one endpoint, stored in the transaction that changed the data."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"  # after the last attempt, or the endpoint returned 410 Gone

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, default=new_message_id)  # the same over all attempts
    type = models.CharField(max_length=40)
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    log = models.JSONField(default=list)  # of each attempt: {at, status, error, ms}
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(status="pending"), name="webhook_delivery_due"),
            models.Index(fields=["endpoint", "-created_at"], name="webhook_delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type}: {self.status}"

    @classmethod
    def lease_s(cls) -> float:
        return float(settings.WEBHOOK_TIMEOUT_S * 2 + 5)
