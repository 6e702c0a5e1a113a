"""Admins set up widgets, keys and members of their own shop."""

from datetime import timedelta
from typing import Any

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

    staff("admin").post(reverse("admin:workspaces_apikey_deed", args=[key.pk, "revoke"]))

    assert ApiKey.find(secret) is None


def test_a_key_that_is_replaced_opens_for_a_day_beside_the_new_one(staff: Any, workspace: Workspace):
    key, old = ApiKey.issue(workspace, "Helpdesk", ["usage:read"])

    page = staff("admin").post(reverse("admin:workspaces_apikey_deed", args=[key.pk, "rotate"]))

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

    staff("admin").post(reverse("admin:workspaces_apikey_deed", args=[key.pk, "rotate"]))

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
