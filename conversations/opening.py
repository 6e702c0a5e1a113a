"""A conversation begun from outside the widget, for the contact that the caller names."""

from typing import Any

from django.db import transaction

from assistant.workspaces.models import Workspace
from conversations.access import Caller
from conversations.models import Contact, Conversation


@transaction.atomic
def open_conversation(
    caller: Caller,
    *,
    external_id: str = "",
    locale: str = "",
    contact: dict[str, str] | None = None,
    channel: str = Conversation.Channel.API,
) -> Conversation:
    """Begin a conversation. A visitor's is the visitor's; a key's owner vouches for the contact it names."""
    return Conversation.objects.create(
        workspace=caller.workspace,
        contact=caller.contact or vouched_contact(caller.workspace, **(contact or {})),
        channel=channel,
        locale=locale or caller.workspace.locale,
        external_id=external_id,
    )


def vouched_contact(workspace: Workspace, external_id: str = "", **known: Any) -> Contact:
    """The contact with this id in the shop's own books, made where there is none; without an id a new one."""
    if not external_id:
        return Contact.objects.create(workspace=workspace, **known)
    contact, _ = Contact.objects.update_or_create(
        workspace=workspace, external_id=external_id, verified=True, defaults=known
    )
    return contact


def change(conversation: Conversation, **fields: str) -> Conversation:
    """Set `external_id` or `locale`."""
    for name, value in fields.items():
        setattr(conversation, name, value)
    conversation.save(update_fields=[*fields, "updated_at"])
    return conversation
