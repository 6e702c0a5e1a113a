"""What a page says of the visit (`setAttributes`): unsigned, so it is shown to staff and decides nothing."""

from typing import Any

from channels.db import database_sync_to_async
from django.db import transaction

from conversations.models import Contact

ATTRIBUTES_MAX = 30
VALUE_MAX_CHARS = 255


@transaction.atomic
def note(contact: Contact, said: dict[str, Any]) -> None:
    """Add to what is known of a contact. A name said again takes the new value; past ATTRIBUTES_MAX none is added."""
    locked = Contact.objects.select_for_update().get(pk=contact.pk)
    for name, value in said.items():
        if name in locked.attributes or len(locked.attributes) < ATTRIBUTES_MAX:
            locked.attributes[_storable(name)] = _storable(value)
    locked.save(update_fields=["attributes"])


def _storable(value: Any) -> Any:
    """Postgres keeps no NUL in JSON."""
    return value.replace("\0", "")[:VALUE_MAX_CHARS] if isinstance(value, str) else value


anote = database_sync_to_async(note, thread_sensitive=False)
