"""What staff created from a customer's words is erased with the customer."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from assistant.workspaces.models import Workspace
from conversations.models import Contact, Conversation, Message
from conversations.privacy import contacts
from knowledge.gaps import drafting, gaps

PART = "who repaired the blue lamp of Kowalski in Bonn?"
LONG = f"Could somebody in the workshop tell me in their own words and with all the dates that are known {PART}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("message", "asked"),
    [(f"How do I send something back? And {PART}", PART), (LONG, LONG)],
    ids=["a part of a message", "a message longer than a title"],
)
def test_the_admin_s_log_forgets_a_draft_that_is_called_by_a_customer_s_words(
    workspace: Workspace, message: str, asked: str
):
    ana = Contact.objects.create(workspace=workspace)
    conversation = Conversation.objects.create(workspace=workspace, contact=ana)
    Message.objects.create(conversation=conversation, seq=1, role=Message.Role.CUSTOMER, text=message)
    gap = gaps.record(workspace, asked, None, conversation.pk)
    rosa = User.objects.create(username="rosa")
    article = drafting.draft_from(gap, rosa)
    for row in (gap, article):
        about = {"content_type": ContentType.objects.get_for_model(row), "object_id": str(row.pk)}
        LogEntry.objects.create(user=rosa, action_flag=CHANGE, object_repr=str(row)[:200], **about)

    contacts.erase(ana)

    assert LogEntry.objects.count() == 2
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"(erased)"}
