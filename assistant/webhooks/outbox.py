"""Transactional outbox of webhook events: written with the change they describe, delivered after commit."""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistant.webhooks import tasks
from assistant.webhooks.models import Delivery, Endpoint

# Asked with every message, and mostly there is none: as a queryset it took longer to build than to answer.
LISTENING = "SELECT id, events FROM webhooks_endpoint WHERE workspace_id = %s AND enabled"

_silent = Lock()


@contextmanager
def nobody_told() -> Iterator[None]:
    """Write no event down meanwhile: of what this process makes up, in whichever thread. For commands alone."""
    with _silent:
        yield


def record(workspace_id: uuid.UUID, kind: str, **data: Any) -> None:
    """Write one event down for every endpoint that listens to it. Call it inside the transaction of the change.

    `kind` is one of models.EVENTS; `data` is JSON and small: ids and what changed.
    """
    record_all(workspace_id, {kind: data})


def record_all(workspace_id: uuid.UUID, told: dict[str, dict[str, Any]]) -> None:
    """The same for events of several kinds at once."""
    if _silent.locked():
        return
    now = timezone.now().isoformat()
    deliveries = [
        Delivery(endpoint_id=listening.pk, type=kind, payload={"type": kind, "timestamp": now, "data": data})
        for listening in Endpoint.objects.raw(LISTENING, [workspace_id])
        for kind, data in told.items()
        if not listening.events or kind in listening.events
    ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        # Lost with the broker, it is made up for by the beat: the rows are what counts.
        transaction.on_commit(tasks.deliver_due.delay, robust=True)


def forget(workspace_id: uuid.UUID, conversation_ids: Collection[str]) -> None:
    """Delete the events about these conversations, those that wait and those that were delivered."""
    about = Delivery.objects.filter(payload__data__conversation__in=list(conversation_ids))
    about.filter(endpoint__workspace=workspace_id).delete()


def record_test(endpoint: Endpoint) -> None:
    """Send one endpoint an event that says nothing."""
    with transaction.atomic():
        payload = {"type": "webhook.test", "timestamp": timezone.now().isoformat(), "data": {}}
        Delivery.objects.create(endpoint=endpoint, type="webhook.test", payload=payload)
        transaction.on_commit(tasks.deliver_due.delay, robust=True)
