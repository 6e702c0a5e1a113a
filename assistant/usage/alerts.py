"""Alerts about usage and cost: stored once, and sent by webhook, by e-mail and in the staff admin.

The row is unique by workspace, kind, scope, period and threshold, so that concurrent processes raise an alert once.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db import transaction

from assistant.usage.mailing import mail_alerts
from assistant.usage.models import Alert
from assistant.webhooks import outbox


@transaction.atomic
def tell_once(
    workspace_id: uuid.UUID,
    kind: str,
    threshold: int,
    sentence: str,
    *,
    starts_on: date,
    scope: str = "",
    details: dict[str, Any] | None = None,
) -> bool:
    """Raise an alert unless it was raised before. Returns whether it is new. `details` are only sent by webhook."""
    _, is_new = Alert.objects.get_or_create(
        workspace_id=workspace_id,
        kind=kind,
        scope=scope,
        starts_on=starts_on,
        threshold=threshold,
        defaults={"sentence": sentence[:300]},
    )
    if is_new:
        fields = {"alert": str(kind), "scope": scope, "threshold": threshold, "sentence": sentence}
        outbox.record(workspace_id, "budget.alert", **fields, starts_on=starts_on.isoformat(), **(details or {}))
        # If the task is lost with the broker, the periodic task sends the e-mail.
        transaction.on_commit(mail_alerts.delay, robust=True)
    return is_new
