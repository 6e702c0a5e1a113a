"""Customers in the staff admin."""

from typing import Any

import pytest
from django.urls import reverse

from assistant.workspaces.models import Widget, Workspace
from conversations import session_tokens
from conversations.models import Contact


def test_an_agent_ends_the_sessions_of_a_customer_and_a_viewer_does_not(
    staff: Any, workspace: Workspace, widget: Widget
):
    """Row C5."""
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    token = session_tokens.give(widget, ana)
    page = reverse("admin:conversations_contact_deed", args=[ana.pk, "end_sessions"])

    refused = staff("viewer").post(page)
    assert session_tokens.read(token) == (widget.pk, ana)
    done = staff("agent").post(page, follow=True)

    assert refused.status_code == 403
    assert "Every session of this customer is ended." in done.content.decode()
    with pytest.raises(session_tokens.SessionUnknown):
        session_tokens.read(token)
