"""Background tasks of imports."""

from __future__ import annotations

import uuid

from celery import shared_task

from knowledge.imports import worker
from knowledge.imports.models import Import


@shared_task
def carry_on(import_id: str) -> None:
    """Run one slice of an import and queue the next. Idempotent: only one worker processes an import at a time."""
    ordered = Import.objects.select_related("workspace").filter(pk=uuid.UUID(import_id)).first()
    if ordered is not None and worker.carry_on(ordered):
        carry_on.delay(import_id)


@shared_task(expires=60)
def resume_abandoned() -> None:
    """Resume imports whose worker died or whose task the broker lost, and delete files no longer needed."""
    Import.objects.tried_long_ago().update(content=None)
    for pk in Import.objects.due().values_list("pk", flat=True):
        carry_on.delay(str(pk))
