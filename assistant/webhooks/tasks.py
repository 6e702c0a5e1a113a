"""Background tasks that deliver webhook events."""

from celery import shared_task

from assistant.webhooks import delivery


@shared_task
def deliver_due() -> None:
    """Send what is due. Started after every event and by the beat; a second one at the same time does nothing."""
    delivery.deliver_due()


@shared_task
def purge_deliveries() -> None:
    delivery.purge()
