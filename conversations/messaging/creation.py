"""Create a conversation through the API, for the contact that the caller names."""

from typing import Any

from django.db import transaction

from assistant.workspaces.models import Workspace
from conversations.identity.permissions import Caller
from conversations.models import Contact, Conversation


@transaction.atomic
def open_conversation(caller: Caller, **fields: Any) -> Conversation:
    """Begin a conversation, as `new_conversation` has it."""
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
    """One that is not stored yet: `store.accept` does that with the first message.

    A visitor's is the visitor's; for a key's owner see `named_contact`.
    """
    return Conversation(
        workspace=caller.workspace,
        contact=caller.contact or named_contact(caller.workspace, **(contact or {})),
        channel=channel,
        locale=locale or caller.workspace.locale,
        external_id=external_id,
    )


def named_contact(workspace: Workspace, external_id: str = "", *, verified: bool = False, **known: Any) -> Contact:
    """The contact that a key's owner or a helpdesk names, made where there is none; without an id a new one, which is
    stored with its conversation.

    `verified`: the caller knows that the person is the one with this id. A name alone proves nothing, so the
    same id unverified is another contact, who reads nothing of the verified one's.
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
