"""Background tasks of the REST API."""

from celery import shared_task

from assistant.rest import idempotency


@shared_task
def purge_idempotent_requests() -> None:
    """Delete responses older than 24 hours."""
    idempotency.purge()
