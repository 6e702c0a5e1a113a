"""Create a conversation through the API, for the contact that the caller names."""

from typing import Any

from django.db import transaction

from assistant.workspaces.models import Workspace
from conversations.identity.permissions import Caller
from conversations.models import Contact, Conversation


@transaction.atomic
def open_conversation(caller: Caller, **fields: Any) -> Conversation:
    """Create a conversation, with the arguments of `new_conversation`."""
    conversation = new_conversation(caller, **fields)
    conversation.insert()
    return conversation


def new_conversation(
    caller: Caller,
    *,
    external_id: str = "",
    locale: str = "",
    contact: dict[str, Any] | None = None,
    channel: str = Conversation.Channel.API,
) -> Conversation:
    """Return an unsaved conversation; `store.accept` saves it with the first message.

    A visitor's belongs to the visitor; for a key's owner see `named_contact`.
    """
    return Conversation(
        workspace=caller.workspace,
        contact=caller.contact or named_contact(caller.workspace, **(contact or {})),
        channel=channel,
        locale=locale or caller.workspace.locale,
        external_id=external_id,
    )


def named_contact(workspace: Workspace, external_id: str = "", *, verified: bool = False, **known: Any) -> Contact:
    """Return the contact named by a key's owner or a helpdesk, created if needed; without an id a new, unsaved one.

    `verified`: the caller knows that the person has this id. An unverified id proves nothing, so it belongs to a
    separate contact, who cannot read the verified one's conversations.
    """
    if not external_id:
        return Contact(workspace=workspace, **known)
    who = {"workspace": workspace, "external_id": external_id, "verified": verified}
    if not known:
        return Contact.objects.get_or_create(**who)[0]
    return Contact.objects.update_or_create(**who, defaults=known)[0]


def change(conversation: Conversation, **fields: str) -> Conversation:
    """Set `external_id` or `locale`."""
    for name, value in fields.items():
        setattr(conversation, name, value)
    conversation.save(update_fields=[*fields, "updated_at"])
    return conversation
