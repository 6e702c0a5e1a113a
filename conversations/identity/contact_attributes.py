"""Attributes that a page sets with `setAttributes`. They are unsigned, so they are only shown to staff."""

from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction

from assistant.errors import NotFound
from conversations.models import Contact


@transaction.atomic
def note(contact: Contact, attributes: dict[str, Any]) -> None:
    """Add attributes to a contact; existing ones are overwritten.

    Attributes beyond VISIT_ATTRIBUTES_MAX are ignored; texts are cut to VISIT_ATTRIBUTE_MAX_CHARS.

    Raises:
        NotFound: the contact was erased.
    """
    locked = Contact.objects.select_for_update().filter(pk=contact.pk).first()
    if locked is None:
        raise NotFound
    for name, value in attributes.items():
        if name in locked.attributes or len(locked.attributes) < settings.VISIT_ATTRIBUTES_MAX:
            locked.attributes[name] = _storable(value)
    locked.save(update_fields=["attributes"])


def _storable(value: Any) -> Any:
    """Remove NUL, which Postgres cannot store in JSON, and cut long texts."""
    return value.replace("\0", "")[: settings.VISIT_ATTRIBUTE_MAX_CHARS] if isinstance(value, str) else value


anote = database_sync_to_async(note, thread_sensitive=False)
