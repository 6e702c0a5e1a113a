"""Which file speaks which helpdesk's language. Each has verify, delivery_id, read, say, hand_over, resolve, check."""

from types import ModuleType

from conversations.helpdesk import chatwoot, generic, zammad, zendesk
from conversations.helpdesk.models import Connection

ADAPTERS: dict[str, ModuleType] = {
    Connection.Kind.CHATWOOT: chatwoot,
    Connection.Kind.ZAMMAD: zammad,
    Connection.Kind.ZENDESK: zendesk,
    Connection.Kind.GENERIC: generic,
}


def adapter_of(connection: Connection) -> ModuleType:
    return ADAPTERS[connection.kind]
