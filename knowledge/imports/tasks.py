"""Background tasks of imports."""

from __future__ import annotations

import uuid

from celery import shared_task

from knowledge.imports import worker
from knowledge.imports.models import Import


@shared_task
def carry_on(import_id: str) -> None:
    """One slice of an import, and the next one after it. Safe to run twice: one worker has it at a time."""
    ordered = Import.objects.select_related("workspace").filter(pk=uuid.UUID(import_id)).first()
    if ordered is not None and worker.carry_on(ordered):
        carry_on.delay(import_id)


@shared_task(expires=60)
def resume_abandoned() -> None:
    """Imports whose worker died, or whose task was lost with the broker. Files that nobody needs are let go."""
    Import.objects.tried_long_ago().update(content=None)
    for pk in Import.objects.due().values_list("pk", flat=True):
        carry_on.delay(str(pk))
