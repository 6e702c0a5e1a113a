"""Transactional outbox of webhook events: stored with the change they describe, delivered after the commit."""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from django.db import transaction
from django.utils import timezone

from assistant.webhooks import tasks
from assistant.webhooks.models import Delivery, Endpoint

# Runs with every message, usually without a result: as a queryset it took longer to build than to run.
LISTENING = "SELECT id, events FROM webhooks_endpoint WHERE workspace_id = %s AND enabled"

_silent = Lock()


@contextmanager
def suppress_events() -> Iterator[None]:
    """Record no events in this process while the block runs, in any thread. Only for commands."""
    with _silent:
        yield


def record(workspace_id: uuid.UUID, kind: str, **data: Any) -> None:
    """Store an event for every endpoint that subscribes to it. Call it inside the transaction of the change.

    `kind` is one of models.EVENTS; `data` is JSON and small: ids and what changed.
    """
    record_all(workspace_id, {kind: data})


def record_all(workspace_id: uuid.UUID, events: dict[str, dict[str, Any]]) -> None:
    """Like `record`, for events of several kinds: `events` maps each kind to its data."""
    if _silent.locked():
        return
    now = timezone.now().isoformat()
    deliveries = [
        Delivery(endpoint_id=listening.pk, type=kind, payload={"type": kind, "timestamp": now, "data": data})
        for listening in Endpoint.objects.raw(LISTENING, [workspace_id])
        for kind, data in events.items()
        if not listening.events or kind in listening.events
    ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        # If the broker loses the task, the periodic task delivers: the rows are authoritative.
        transaction.on_commit(tasks.deliver_due.delay, robust=True)


def forget(workspace_id: uuid.UUID, conversation_ids: Collection[str]) -> None:
    """Delete the events about these conversations, pending and delivered ones."""
    about = Delivery.objects.filter(payload__data__conversation__in=list(conversation_ids))
    about.filter(endpoint__workspace=workspace_id).delete()


def record_test(endpoint: Endpoint) -> None:
    """Send one endpoint a test event without content."""
    with transaction.atomic():
        payload = {"type": "webhook.test", "timestamp": timezone.now().isoformat(), "data": {}}
        Delivery.objects.create(endpoint=endpoint, type="webhook.test", payload=payload)
        transaction.on_commit(tasks.deliver_due.delay, robust=True)
