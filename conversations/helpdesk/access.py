"""The only way to a connection from outside."""

import uuid

from assistant.errors import NotFound
from conversations.helpdesk.models import Connection


def access_connection(kind: str, connection_id: uuid.UUID) -> Connection:
    """An enabled connection of this kind. Who calls is for its signature to show."""
    connection = Connection.objects.filter(kind=kind, pk=connection_id, enabled=True).first()
    if connection is None:
        raise NotFound
    return connection
