"""Invitations of colleagues to a workspace."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from assistant.workspaces.models import Membership, Workspace


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> InvitationQuerySet:
        """Return invitations that are neither accepted nor revoked; they may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self, now: datetime) -> InvitationQuerySet:
        return self.pending().filter(expires_at__gt=now)

    def over_before(self, moment: datetime) -> InvitationQuerySet:
        """Accepted, revoked or expired before a moment."""
        answered = models.Q(accepted_at__lt=moment) | models.Q(revoked_at__lt=moment)
        return self.filter(answered | models.Q(accepted_at=None, revoked_at=None, expires_at__lt=moment))


class Invitation(models.Model):
    """An offer to join a workspace with a role. Only the hash of its link is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField("e-mail address")
    role = models.CharField(max_length=10, choices=Membership.Role.choices, default=Membership.Role.AGENT)
    hashed = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    mailed_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "workspace",
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_pending_invitation",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def digest(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    def state(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at < timezone.now() else "open"

    def is_pending(self) -> bool:
        return self.state() in ("open", "expired")
