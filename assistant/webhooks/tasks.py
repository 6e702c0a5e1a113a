"""Background tasks that deliver webhook events."""

from celery import shared_task

from assistant.webhooks import delivery


@shared_task
def deliver_due() -> None:
    """Deliver what is due. Started after every event and periodically; a concurrent run does nothing."""
    delivery.deliver_due()


@shared_task
def purge_deliveries() -> None:
    delivery.purge()
