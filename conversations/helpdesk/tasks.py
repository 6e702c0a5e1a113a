"""Background tasks of helpdesks."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from conversations.helpdesk import inbound, outbound
from conversations.helpdesk.models import Delivery

OVERDUE_AFTER = timedelta(seconds=10)  # by then, a worker normally has the lease


@shared_task
def process_delivery(delivery_id: int) -> None:
    inbound.process_delivery(delivery_id)


@shared_task
def catch_up() -> None:
    """Resume deliveries whose worker died or whose task was lost, and send unsent news to helpdesks."""
    inbound.mark_exhausted()
    overdue_before = timezone.now() - OVERDUE_AFTER
    pending = Delivery.objects.due().filter(received_at__lt=overdue_before).order_by("received_at")
    for delivery_id in pending.values_list("pk", flat=True)[:50]:
        process_delivery.delay(delivery_id)
    outbound.sync_outbound()
