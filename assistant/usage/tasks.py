"""Background tasks for usage and cost. Each is safe to run twice."""

from celery import shared_task

from assistant.usage import budgets, watch
from assistant.usage.mailing import mail_alerts

__all__ = ["mail_alerts", "release_reservations", "watch_calls"]


@shared_task
def release_reservations() -> None:
    budgets.release_expired()


@shared_task
def watch_calls() -> None:
    watch.look()
