"""Background tasks of the cache: shadow checks, storing counters, deleting old answers."""

from celery import shared_task

from assistant.llm.engines.base import EngineUnavailable
from caching import counters, invalidation, shadow
from caching.models import ShadowCheck


@shared_task(acks_late=True, autoretry_for=(EngineUnavailable,), retry_backoff=30, max_retries=2)
def check_hit(check_id: int) -> None:
    """Answer a cached question again and compare. Idempotent."""
    check = ShadowCheck.objects.select_related("entry__workspace").filter(pk=check_id).first()
    if check is not None:  # otherwise it is done already, or the asker was erased
        shadow.carry_out(check)


@shared_task(acks_late=True)
def write_down_tally() -> None:
    """Runs once a minute. Counts that Redis lost are lost."""
    counters.write_down()


@shared_task(acks_late=True)
def purge_expired() -> None:
    """Runs once an hour."""
    invalidation.purge()
