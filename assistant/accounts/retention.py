"""How old invitations are deleted: they name the address of somebody who may never have come."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from assistant.accounts.models import Invitation
from assistant.retention.kinds import of_shared_rows

INVITATIONS = of_shared_rows(
    lambda: Invitation.objects.over_before(timezone.now() - timedelta(days=settings.INVITATIONS_KEPT_DAYS))
)
