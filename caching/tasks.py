"""What can wait: counters written down, old answers cleared away."""

from celery import shared_task

from caching import forgetting, tally


@shared_task(acks_late=True)
def write_down_tally() -> None:
    """Once a minute. Counts that Redis lost are lost."""
    tally.write_down()


@shared_task(acks_late=True)
def purge_expired() -> None:
    """Once an hour."""
    forgetting.purge()
