"""Customers in the staff admin."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from assistant.audit.models import Event
from assistant.workspaces.models import Widget, Workspace
from conversations.identity import session_tokens
from conversations.models import Contact
from conversations.privacy.models import ExportLink


def test_an_agent_ends_the_sessions_of_a_customer_and_a_viewer_does_not(
    staff: Any, workspace: Workspace, widget: Widget
):
    """Row C5."""
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    token = session_tokens.give(widget, ana)
    page = reverse("admin:conversations_contact_admin_action", args=[ana.pk, "end_sessions"])

    refused = staff("viewer").post(page)
    assert session_tokens.read(token) == (widget.pk, ana)
    done = staff("agent").post(page, follow=True)

    assert refused.status_code == 403
    assert "All sessions of this customer ended." in done.content.decode()
    with pytest.raises(session_tokens.SessionUnknown):
        session_tokens.read(token)


def test_an_admin_is_asked_and_then_erases_a_customer(staff: Any, workspace: Workspace):
    """C9: and neither the page that follows nor the admin's log names the customer."""
    ana = Contact.objects.create(workspace=workspace, name="Ana Quibbleworth")
    page = reverse("admin:conversations_contact_admin_action", args=[ana.pk, "erase"])

    refused = staff("agent").post(page, {"sure": "yes"})
    admin = staff("admin")
    asked = admin.post(page)
    assert Contact.objects.filter(pk=ana.pk).exists()
    done = admin.post(page, {"sure": "yes"}, follow=True)

    assert refused.status_code == 403
    assert f"Erase {ana}?" in asked.content.decode()
    assert "Customer erased." in done.content.decode()
    assert "Quibbleworth" not in done.content.decode()
    assert not Contact.objects.exists()
    assert not LogEntry.objects.filter(object_repr__contains="Quibbleworth").exists()


def test_an_admin_gives_a_reason_and_gets_a_link_to_the_export(staff: Any, workspace: Workspace):
    """P2: the reason is in the audit log, and the link's secret is not."""
    ana = Contact.objects.create(workspace=workspace, name="Ana")
    page = reverse("admin:conversations_contact_admin_action", args=[ana.pk, "export"])
    client = staff("admin")

    assert staff("agent").post(page, {"reason": "curious"}).status_code == 403
    asked = client.post(page)
    empty = client.post(page, {"reason": " "})
    assert not ExportLink.objects.exists()
    made = client.post(page, {"reason": "She asked for it by mail"})

    assert "Export Ana?" in asked.content.decode()
    assert "Enter a reason." in empty.content.decode()
    address = made.context["address"]
    assert address in made.content.decode()
    (event,) = Event.objects.filter(action="contact.export")
    assert event.detail == {"reason": "She asked for it by mail"}
    assert ExportLink.objects.get().digest not in address
