"""Connected helpdesks, their webhook deliveries, and which helpdesk thread belongs to which conversation."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from assistant.leases import LeasedJob, LeasedJobQuerySet
from assistant.webhooks.models import new_secret
from assistant.workspaces.models import Workspace
from conversations.models import Conversation


class Connection(models.Model):
    """One helpdesk of a workspace: its URL, API token and signing secret."""

    class Kind(models.TextChoices):
        CHATWOOT = "chatwoot", "Chatwoot"
        ZAMMAD = "zammad", "Zammad"
        ZENDESK = "zendesk", "Zendesk Sunshine Conversations"
        GENERIC = "generic", "Generic (signed webhooks)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="helpdesks")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    base_url = models.URLField(
        "base URL", max_length=500, help_text="Base URL of its API (generic tool: where replies are sent)."
    )
    token = models.CharField(max_length=500, blank=True, help_text="API token for this helpdesk.")
    secret = models.CharField(max_length=500, default=new_secret, help_text="Signing secret of incoming webhooks.")
    options = models.JSONField(
        default=dict, blank=True, help_text="Options as JSON. See the page of this helpdesk in the docs."
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "helpdesk"

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"


class DeliveryQuerySet(LeasedJobQuerySet["Delivery"]):
    def due(self) -> DeliveryQuerySet:
        pending = self.unleased().filter(status=Delivery.Status.PENDING)
        return pending.filter(attempts__lt=settings.HELPDESK_MAX_ATTEMPTS)


class Delivery(LeasedJob):
    """One webhook of a helpdesk, stored once, however often it was sent."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        FAILED = "failed"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=255)
    payload = models.JSONField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    error = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["connection", "delivery_id"], name="one_helpdesk_delivery")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.status}"

    @classmethod
    def lease_s(cls) -> float:
        return 150


class ThreadQuerySet(LeasedJobQuerySet["Thread"]):
    def due(self) -> ThreadQuerySet:
        """Return the threads with messages or a status that the helpdesk does not know, if it is time to send them."""
        news = Q(told_seq__lt=F("conversation__last_seq")) | ~Q(told_status=F("conversation__status"))
        return self.unleased().filter(news, next_attempt_at__lte=timezone.now(), connection__enabled=True)


class Thread(LeasedJob):
    """The helpdesk's thread of a conversation."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="threads")
    external_id = models.CharField(max_length=255)
    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="helpdesk_thread")
    first_message_id = models.CharField(max_length=255, blank=True)  # the helpdesk's id
    told_seq = models.PositiveIntegerField(default=0)  # the helpdesk has all messages up to this seq
    told_status = models.CharField(max_length=10, default=Conversation.Status.BOT)
    said_by_them = models.JSONField(default=list, blank=True)  # seqs of messages by the helpdesk's people
    next_attempt_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=500, blank=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["connection", "external_id"], name="one_helpdesk_thread")]

    def __str__(self) -> str:
        return f"Thread {self.external_id}"

    @classmethod
    def lease_s(cls) -> float:
        return 60
