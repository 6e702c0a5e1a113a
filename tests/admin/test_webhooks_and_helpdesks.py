"""Admins connect webhooks and helpdesks, and test the connections."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from standardwebhooks import Webhook

from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace
from conversations.helpdesk.models import Connection
from tests.rest.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A receiver on this machine that may be called."""
    opened = Sink()
    settings.WEBHOOK_ALLOWED_PRIVATE = [opened.place]
    yield opened
    opened.close()


def said(page: Any) -> str:
    return " ".join(str(message) for message in page.context["messages"])


def test_a_webhook_shows_its_secret_once_and_sends_a_test(staff: Any, workspace: Workspace, sink: Sink):
    client = staff("admin")
    form = {"workspace": workspace.pk, "url": sink.url, "events": ["gap.found"], "enabled": "on"}

    made = client.post(reverse("admin:webhooks_endpoint_add"), form, follow=True)
    endpoint = Endpoint.objects.get()
    again = client.get(reverse("admin:webhooks_endpoint_change", args=[endpoint.pk]))
    client.post(reverse("admin:webhooks_endpoint_admin_action", args=[endpoint.pk, "test"]))

    assert endpoint.secret in said(made)
    assert endpoint.secret not in again.content.decode()
    assert endpoint.events == ["gap.found"]
    event = Webhook(endpoint.secret).verify(sink.calls[0]["body"], sink.calls[0]["headers"])
    assert event["type"] == "webhook.test"


def test_a_new_secret_is_shown_once_and_signs_beside_the_old_one(staff: Any, workspace: Workspace, sink: Sink):
    client, endpoint = staff("admin"), Endpoint.objects.create(workspace=workspace, url=sink.url)

    page = client.post(reverse("admin:webhooks_endpoint_admin_action", args=[endpoint.pk, "rotate"]), follow=True)
    client.post(reverse("admin:webhooks_endpoint_admin_action", args=[endpoint.pk, "test"]))

    renewed = Endpoint.objects.get().secret
    assert renewed in said(page)
    for secret in (endpoint.secret, renewed):
        assert Webhook(secret).verify(sink.calls[0]["body"], sink.calls[0]["headers"])


def test_a_webhook_to_our_own_network_is_refused_in_the_form(staff: Any, workspace: Workspace):
    form = {"workspace": workspace.pk, "url": "http://10.0.0.1/", "enabled": "on"}

    page = staff("admin").post(reverse("admin:webhooks_endpoint_add"), form)

    assert page.context["adminform"].form.errors["url"] == ["The URL must begin with https://."]
    assert not Endpoint.objects.exists()


def test_a_webhook_that_is_enabled_again_begins_with_a_clean_slate(staff: Any, workspace: Workspace, sink: Sink):
    gone = {"enabled": False, "disabled_reason": "The endpoint returned 410 Gone.", "failures": 3}
    endpoint = Endpoint.objects.create(workspace=workspace, url=sink.url, **gone)
    form = {"workspace": workspace.pk, "url": sink.url, "enabled": "on"}

    staff("admin").post(reverse("admin:webhooks_endpoint_change", args=[endpoint.pk]), form)

    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason, endpoint.failures) == (True, "", 0)


def test_a_delivery_is_sent_again_by_a_button(staff: Any, workspace: Workspace, sink: Sink):
    endpoint = Endpoint.objects.create(workspace=workspace, url=sink.url)
    failed = endpoint.deliveries.create(type="gap.found", payload={"type": "gap.found"}, status="failed")

    staff("admin").post(reverse("admin:webhooks_delivery_admin_action", args=[failed.pk, "redeliver"]))

    assert sink.calls[0]["headers"]["webhook-id"] == failed.message_id
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.parametrize(("answer", "sentence"), [(200, "Test passed"), (401, "Test failed")])
def test_a_helpdesk_is_tried_by_a_button(staff: Any, workspace: Workspace, sink: Sink, answer: int, sentence: str):
    sink.script = [answer]
    desk = Connection.objects.create(
        workspace=workspace, kind="zammad", name="Desk", base_url=f"http://{sink.place}", token="ours"
    )

    page = staff("admin").post(reverse("admin:helpdesk_connection_admin_action", args=[desk.pk, "test"]), follow=True)

    assert sentence in said(page)
    assert sink.calls[0]["headers"]["authorization"] == "Token token=ours"


def test_secrets_of_a_helpdesk_are_written_and_never_shown(staff: Any, workspace: Workspace):
    client = staff("admin")
    form = {
        **{"workspace": workspace.pk, "kind": "generic", "name": "Ours", "base_url": "https://tool.example/hook"},
        **{"token": "", "secret": "", "options": "{}", "enabled": "on"},
    }

    made = client.post(reverse("admin:helpdesk_connection_add"), form, follow=True)
    desk = Connection.objects.get()
    address = reverse("admin:helpdesk_connection_change", args=[desk.pk])
    client.post(address, {**form, "token": "by-which-we-call"})
    page = client.get(address).content.decode()

    assert desk.secret in said(made)
    assert f"/api/v1/helpdesk/generic/{desk.pk}/" in page
    assert "by-which-we-call" not in page
    assert desk.secret not in page
    desk.refresh_from_db()
    assert (desk.token, desk.secret) == ("by-which-we-call", Connection.objects.get().secret)
