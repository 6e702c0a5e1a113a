"""Erase a person's data from webhook deliveries that belong to no conversation."""

from conversations.helpdesk.adapters.registry import without
from conversations.helpdesk.events import HelpdeskEvent
from conversations.helpdesk.models import Delivery, Thread
from conversations.models import Contact


def forget(contact: Contact) -> None:
    """Take a contact out of the deliveries. Call it in the transaction that erases, before the threads are deleted.

    Deliveries that were acted on keep nothing that was said; what waits, or has failed, is searched.
    """
    threads = {
        (thread.connection_id, thread.external_id)
        for thread in Thread.objects.filter(conversation__contact=contact).only("connection_id", "external_id")
    }
    waiting = Delivery.objects.exclude(payload={}).filter(connection__workspace=contact.workspace_id)
    for delivery in waiting.select_related("connection").select_for_update(of=("self",)).order_by("pk"):

        def concerns(heard: HelpdeskEvent, delivery: Delivery = delivery) -> bool:
            return (delivery.connection_id, heard.thread_id) in threads or _is_from(contact, heard)

        left = without(delivery.connection, delivery.payload, concerns)
        if left != delivery.payload:
            Delivery.objects.filter(pk=delivery.pk).update(payload=left, error="")


def _is_from(contact: Contact, heard: HelpdeskEvent) -> bool:
    known = {"external_id": contact.external_id, "email": contact.email}
    return any(value and heard.contact.get(name) == value for name, value in known.items())
