"""Stored responses of POST requests with an Idempotency-Key."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone


class IdempotentRequest(models.Model):
    """One POST with a key of one caller: in progress while `status` is empty, then stored for repetition."""

    caller = models.CharField(max_length=64)  # digest of the caller's secret
    key = models.CharField(max_length=64)  # digest of the client's key, which may name a person
    fingerprint = models.CharField(max_length=64)  # digest of the path and the body
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=b"")
    mentions = ArrayField(models.UUIDField(), default=list)  # the ids in its path and in the response
    begun_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_request_a_key")]
        indexes = [
            models.Index(fields=["begun_at"], name="idempotent_request_age"),
            GinIndex(fields=["mentions"], name="idempotent_request_mentions"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'in flight'}"
