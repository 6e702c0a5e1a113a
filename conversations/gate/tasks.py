"""Background task: retrain the gate on new verdicts."""

from __future__ import annotations

from celery import shared_task

from conversations.gate import retraining
from conversations.gate.models import GateModel, HeldMessage


@shared_task(expires=3600, time_limit=900, soft_time_limit=840, acks_late=False)
def learn_from_verdicts() -> None:
    """Retrain the gate if there are verdicts since the last training."""
    newest = HeldMessage.objects.exclude(verdict=HeldMessage.Verdict.PENDING).order_by("-decided_at").first()
    before = GateModel.objects.first()
    if newest and newest.decided_at and (before is None or newest.decided_at > before.learned_at):
        retraining.retrain()
