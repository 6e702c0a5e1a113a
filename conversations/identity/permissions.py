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
    """The caller: the owner of an API key, for the whole workspace, or a visitor, for their own conversations."""

    workspace: Workspace
    key: ApiKey | None = None
    contact: Contact | None = None
    widget_id: uuid.UUID | None = None  # of the visitor's session


def conversations_of(caller: Caller) -> QuerySet[Conversation]:
    conversations = Conversation.objects.filter(workspace=caller.workspace)
    if caller.key is None:
        conversations = conversations.filter(contact=caller.contact)
    return conversations.select_related("contact", "workspace")


def access_conversation(caller: Caller, conversation_id: uuid.UUID) -> Conversation:
    """Return one conversation. Its `workspace` is the caller's object, loaded with the caller."""
    try:
        conversation = conversations_of(caller).select_related(None).select_related("contact").get(pk=conversation_id)
    except Conversation.DoesNotExist as error:
        raise NotFound from error
    conversation.workspace = caller.workspace
    return conversation


def access_message(caller: Caller, message_id: uuid.UUID) -> Message:
    """Return a message in a conversation of the caller's. Visitors have no access to internal notes."""
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
    """Return a member of the caller's workspace, by user name or email."""
    matches = models.Q(username=name) | models.Q(email__iexact=name)
    member = get_user_model().objects.filter(matches, memberships__workspace=caller.workspace, is_active=True).first()
    if member is None:
        raise NotFound
    return member
