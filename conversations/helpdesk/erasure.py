"""Erase a person's data from webhook deliveries that belong to no conversation."""

from conversations.helpdesk.adapters.registry import without
from conversations.helpdesk.events import HelpdeskEvent
from conversations.helpdesk.models import Delivery, Thread
from conversations.models import Contact


def forget(contact: Contact) -> None:
    """Remove a contact from webhook deliveries. Call it in the erasing transaction, before deleting the threads.

    Processed deliveries store no messages; pending and failed ones are searched.
    """
    threads = {
        (thread.connection_id, thread.external_id)
        for thread in Thread.objects.filter(conversation__contact=contact).only("connection_id", "external_id")
    }
    unprocessed = Delivery.objects.exclude(payload={}).filter(connection__workspace=contact.workspace_id)
    for delivery in unprocessed.select_related("connection").select_for_update(of=("self",)).order_by("pk"):

        def concerns(event: HelpdeskEvent, delivery: Delivery = delivery) -> bool:
            return (delivery.connection_id, event.thread_id) in threads or _is_from(contact, event)

        left = without(delivery.connection, delivery.payload, concerns)
        if left != delivery.payload:
            Delivery.objects.filter(pk=delivery.pk).update(payload=left, error="")


def _is_from(contact: Contact, event: HelpdeskEvent) -> bool:
    identifiers = {"external_id": contact.external_id, "email": contact.email}
    return any(value and event.contact.get(name) == value for name, value in identifiers.items())
