"""Background tasks of guidance."""

from __future__ import annotations

import uuid

from celery import shared_task

from conversations.guidance import preview


@shared_task
def carry_on(preview_id: str) -> None:
    """One question of a preview, and the next one after it. Safe to run twice: one worker has a question at a time."""
    if preview.carry_on(uuid.UUID(preview_id)):
        carry_on.delay(preview_id)
