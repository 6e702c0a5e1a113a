"""Background task: train search weights once a day."""

from __future__ import annotations

import uuid

from celery import shared_task

from assistant.llm.engines.base import EngineUnavailable
from assistant.workspaces.models import Workspace
from knowledge.search.weights import training
from knowledge.search.weights.labels import labels_of
from knowledge.search.weights.models import LegWeights


# Acknowledged before it begins: it may take longer than the broker waits. One that is lost is made up for tomorrow.
@shared_task(
    acks_late=False,
    autoretry_for=(EngineUnavailable,),
    retry_backoff=60,
    retry_backoff_max=120,
    max_retries=3,
    time_limit=900,
    soft_time_limit=840,
)
def learn_weights(workspace_id: str) -> None:
    """Learn one workspace's weights anew, unless somebody does it just now."""
    workspace = Workspace.objects.filter(pk=uuid.UUID(workspace_id)).first()
    if workspace is None:
        return
    if labels_of(workspace) or LegWeights.objects.filter(workspace=workspace).exists():
        training.learn_if_idle(workspace)


@shared_task(expires=3600)
def learn_all_weights() -> None:
    """Each workspace in a task of its own."""
    for pk in Workspace.objects.values_list("pk", flat=True):
        learn_weights.delay(str(pk))
