"""What can wait: shadow checks, counters written down, old answers cleared away."""

from typing import Any

from celery import shared_task

from assistant.engines.base import EngineUnavailable
from caching import forgetting, shadow, tally
from caching.models import CachedAnswer


@shared_task(acks_late=True, autoretry_for=(EngineUnavailable,), retry_backoff=30, max_retries=2)
def check_hit(entry_id: str, question: str, passages: list[dict[str, Any]]) -> None:
    """Answer a question anew that the cache answered, and compare. Run twice, it asks and counts twice."""
    entry = CachedAnswer.objects.select_related("workspace").filter(pk=entry_id).first()
    if entry is not None:
        shadow.check(entry, question, passages)


@shared_task(acks_late=True)
def write_down_tally() -> None:
    """Once a minute. Counts that Redis lost are lost."""
    tally.write_down()


@shared_task(acks_late=True)
def purge_expired() -> None:
    """Once an hour."""
    forgetting.purge()
