"""Admins set up the widgets, keys and members of their own shop."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assistant.workspaces.models import ApiKey, Membership, Widget, Workspace


def test_a_key_is_shown_once_and_works(staff: Any, workspace: Workspace):
    client = staff("admin")
    form = {
        "workspace": workspace.pk,
        "name": "Helpdesk",
        "scopes": ["usage:read"],
        "expires_at_0": "",
        "expires_at_1": "",
    }

    page = client.post(reverse("admin:workspaces_apikey_add"), form)

    secret, key = page.context["secret"], ApiKey.objects.get()
    assert ApiKey.find(secret) == key
    assert "no-store" in page["Cache-Control"]
    assert secret in page.content.decode()
    assert secret not in client.get(reverse("admin:workspaces_apikey_change", args=[key.pk])).content.decode()


def test_a_revoked_key_opens_nothing(staff: Any, workspace: Workspace):
    key, secret = ApiKey.issue(workspace, "Helpdesk", ["usage:read"])

    staff("admin").post(reverse("admin:workspaces_apikey_admin_action", args=[key.pk, "revoke"]))

    assert ApiKey.find(secret) is None


def test_a_key_that_is_replaced_opens_for_a_day_beside_the_new_one(staff: Any, workspace: Workspace):
    key, old = ApiKey.issue(workspace, "Helpdesk", ["usage:read"])

    page = staff("admin").post(reverse("admin:workspaces_apikey_admin_action", args=[key.pk, "rotate"]))

    new = page.context["secret"]
    assert (ApiKey.find(old), ApiKey.find(new).scopes) == (key, ["usage:read"])
    assert "no-store" in page["Cache-Control"]
    key.refresh_from_db()
    left = key.expires_at - timezone.now()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert (ApiKey.find(old), ApiKey.find(new) is not None) == (None, True)


def test_replacing_a_key_makes_neither_live_longer_than_it_would_have(staff: Any, workspace: Workspace):
    soon = timezone.now() + timedelta(hours=1)
    key, _ = ApiKey.issue(workspace, "Helpdesk", ["usage:read"])
    ApiKey.objects.update(expires_at=soon)

    staff("admin").post(reverse("admin:workspaces_apikey_admin_action", args=[key.pk, "rotate"]))

    assert [each.expires_at for each in ApiKey.objects.all()] == [soon, soon]


def test_nobody_issues_a_key_for_another_shop(staff: Any, workspace: Workspace, other_shop: Workspace):
    form = {"workspace": other_shop.pk, "name": "Helpdesk", "scopes": ["usage:read"]}

    page = staff("admin").post(reverse("admin:workspaces_apikey_add"), form)

    assert "workspace" in page.context["adminform"].form.errors
    assert not ApiKey.objects.exists()


def test_a_widget_shows_the_snippet_to_copy(staff: Any, workspace: Workspace):
    widget = Widget.objects.create(workspace=workspace)

    page = staff("admin").get(reverse("admin:workspaces_widget_change", args=[widget.pk]))

    assert f"data-widget=&quot;{widget.public_key}&quot;" in page.content.decode()


def test_origins_are_written_one_a_line(staff: Any, workspace: Workspace):
    widget = Widget.objects.create(workspace=workspace, theme={"kept": "as it was"})
    form = {
        "workspace": workspace.pk,
        "name": "Website",
        "enabled": "on",
        "origins": "https://shop.example\r\n\r\n https://www.shop.example ",
        "suggestions": "",
        "greeting": "Hello",
        "accent": "#0f5c4f",
        "position": "left",
        "dark": "auto",
        "locale": "en",
        "identity_secret": "s3cret",
    }

    staff("admin").post(reverse("admin:workspaces_widget_change", args=[widget.pk]), form)

    widget.refresh_from_db()
    assert widget.origins == ["https://shop.example", "https://www.shop.example"]
    assert (widget.theme["kept"], widget.theme["position"], widget.theme["attachments"]) == ("as it was", "left", False)


def test_an_admin_makes_nobody_a_member_of_another_shop(
    staff: Any, workspace: Workspace, other_shop: Workspace, django_user_model: Any
):
    bob = django_user_model.objects.create_user("bob", is_staff=True)
    Membership.objects.create(user=bob, workspace=workspace, role="viewer")
    form = {"user": bob.pk, "workspace": other_shop.pk, "role": "admin"}

    staff("admin").post(reverse("admin:workspaces_membership_add"), form)

    assert not Membership.objects.filter(user=bob, workspace=other_shop).exists()


def widget_form(workspace: Workspace, origins: str) -> dict[str, Any]:
    looks = {"accent": "#4f46e5", "position": "right", "dark": "auto", "link_hosts": "", "suggestions": ""}
    return {
        **looks,
        "workspace": workspace.pk,
        "name": "Website",
        "origins": origins,
        "locale": "en",
        "identity_secret": "s" * 40,
        "enabled": "on",
    }


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("shop.example", "Write https://shop.example"),
        ("//shop.example", "Write https://shop.example"),
        ("localhost:3000", "Write https://localhost:3000 or http://"),
        ("https://shop.example/", "Write https://shop.example"),
        ("https://shop.example/help?a#b", "Write https://shop.example"),
        ("https://ana:pw@shop.example", "Write https://shop.example"),
        ("https://shop.example:8443/x", "Write https://shop.example:8443"),
        ("ftp://shop.example", "neither https:// nor http://"),
        ("https://", "has no host"),
        ("https://*.shop.example", "List each host by itself"),
        ("*", "has no scheme"),
        ("null", "has no scheme"),
        ("https://shop.example:port", "Write it like https://shop.example"),
        ("https://shop example", "Write it like https://shop.example"),
        ("https://shop.example\nshop.example", "Write https://shop.example"),
    ],
)
def test_an_origin_that_no_browser_sends_is_refused_with_the_cure(staff: Any, workspace: Workspace, written, cure):
    """Row C8: saved as it is, it would lock the shop out."""
    page = staff("admin").post(reverse("admin:workspaces_widget_add"), widget_form(workspace, written))

    assert page.status_code == 200
    assert cure in html.unescape(page.content.decode())
    assert not Widget.objects.exists()


def test_an_origin_is_saved_as_browsers_send_it(staff: Any, workspace: Workspace):
    """Row C8."""
    written = "HTTPS://Shop.Example\nhttps://shop.example:443\nhttp://localhost:3000\nhttps://bücher.example\nhttp://[::1]:8000"

    staff("admin").post(reverse("admin:workspaces_widget_add"), widget_form(workspace, written))

    assert Widget.objects.get().origins == [
        "https://shop.example",
        "http://localhost:3000",
        "https://xn--bcher-kva.example",
        "http://[::1]:8000",
    ]
