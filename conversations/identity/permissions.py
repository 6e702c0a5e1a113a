"""Load conversations, messages and contacts with their access check. Others' rows raise NotFound."""

import uuid
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import QuerySet

from assistant.errors import NotFound
from assistant.workspaces.models import ApiKey, Workspace
from conversations.models import Attachment, Contact, Conversation, Message


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the owner of an API key, for the whole workspace, or a visitor, for their own conversations."""

    workspace: Workspace
    key: ApiKey | None = None
    contact: Contact | None = None
    widget_id: uuid.UUID | None = None  # whose session the visitor came with


def conversations_of(caller: Caller) -> QuerySet[Conversation]:
    conversations = Conversation.objects.filter(workspace=caller.workspace)
    if caller.key is None:
        conversations = conversations.filter(contact=caller.contact)
    return conversations.select_related("contact", "workspace")


def access_conversation(caller: Caller, conversation_id: uuid.UUID) -> Conversation:
    """One conversation. Its workspace is the caller's, read with the caller."""
    try:
        found = conversations_of(caller).select_related(None).select_related("contact").get(pk=conversation_id)
    except Conversation.DoesNotExist as error:
        raise NotFound from error
    found.workspace = caller.workspace
    return found


def access_message(caller: Caller, message_id: uuid.UUID) -> Message:
    """A message in a conversation of the caller's; a visitor does not see notes for staff."""
    messages = Message.objects.filter(conversation__in=conversations_of(caller)).select_related("conversation")
    if caller.key is None:
        messages = messages.exclude(role=Message.Role.NOTE)
    message = messages.filter(pk=message_id).first()
    if message is None:
        raise NotFound
    return message


def access_attachment(caller: Caller, attachment_id: uuid.UUID) -> Attachment:
    attachment = Attachment.objects.filter(conversation__in=conversations_of(caller), pk=attachment_id).first()
    if attachment is None:
        raise NotFound
    return attachment


def access_contact(caller: Caller, contact_id: uuid.UUID) -> Contact:
    contact = Contact.objects.filter(workspace=caller.workspace, pk=contact_id).first()
    if contact is None:
        raise NotFound
    return contact


def access_member(caller: Caller, name: str) -> AbstractBaseUser:
    """A person who works for the caller's workspace, by user name or email."""
    named = models.Q(username=name) | models.Q(email__iexact=name)
    member = get_user_model().objects.filter(named, memberships__workspace=caller.workspace, is_active=True).first()
    if member is None:
        raise NotFound
    return member
