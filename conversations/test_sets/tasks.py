"""Background tasks of test sets."""

from __future__ import annotations

import uuid

from celery import shared_task

from conversations.test_sets import runner
from conversations.test_sets.models import Run


@shared_task
def carry_on(run_id: str) -> None:
    """One slice of a run, and the next one after it. Safe to run twice: one worker has it at a time."""
    run = Run.objects.select_related("test_set__workspace", "guidance").filter(pk=uuid.UUID(run_id)).first()
    if run is not None and runner.carry_on(run):
        carry_on.delay(run_id)


@shared_task(expires=60)
def take_up_abandoned() -> None:
    """Runs whose worker died, or whose task was lost with the broker."""
    for pk in Run.objects.due().values_list("pk", flat=True):
        carry_on.delay(str(pk))
