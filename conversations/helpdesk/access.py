"""Load helpdesk connections for incoming webhooks."""

import uuid

from assistant.errors import NotFound
from conversations.helpdesk.models import Connection


def access_connection(kind: str, connection_id: uuid.UUID) -> Connection:
    """Return an enabled connection of this kind. The webhook's signature authenticates the caller."""
    connection = Connection.objects.filter(kind=kind, pk=connection_id, enabled=True).first()
    if connection is None:
        raise NotFound
    return connection
