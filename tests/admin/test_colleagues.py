"""Adding people who are new to the shop's team (findings F)."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from assistant.workspaces.models import Membership, Workspace

PASSWORD = "bob-works-here-too"


@pytest.fixture
def bob(db: None) -> Any:
    """A colleague whose account has no staff flag."""
    return get_user_model().objects.create_user("bob", password=PASSWORD)


def log_in(client: Client) -> Any:
    return client.post(reverse("admin:login"), {"username": "bob", "password": PASSWORD})


def test_a_colleague_who_is_made_a_member_can_log_in(superuser: Client, bob: Any, workspace: Workspace, client: Client):
    given = {"user": bob.pk, "workspace": workspace.pk, "role": "agent"}

    superuser.post(reverse("admin:workspaces_membership_add"), given)

    assert Membership.objects.get(user=bob).role == "agent"
    assert log_in(client).status_code == 302


def test_a_colleague_who_gets_a_membership_on_the_page_of_people_can_log_in(
    superuser: Client, bob: Any, workspace: Workspace, client: Client
):
    inline = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    given = {f"memberships-{name}": value for name, value in inline.items()}
    given |= {"memberships-0-workspace": workspace.pk, "memberships-0-role": "viewer", "memberships-0-user": bob.pk}

    superuser.post(reverse("admin:auth_user_change", args=[bob.pk]), given | {"username": "bob", "is_active": "on"})

    assert log_in(client).status_code == 302


def test_a_colleague_without_a_workspace_is_told_so_and_not_that_the_password_is_wrong(bob: Any, client: Client):
    page = log_in(client)

    assert "Your account is not in a workspace yet" in page.content.decode()


def test_a_wrong_password_tells_nothing_of_the_account(bob: Any, client: Client):
    page = client.post(reverse("admin:login"), {"username": "bob", "password": "wrong"})

    assert "workspace yet" not in page.content.decode()


def test_a_budget_that_limits_nothing_is_refused(staff: Any, workspace: Workspace):
    given = {"workspace": workspace.pk, "period": "month", "cap_usd": "", "cap_tokens": "", "enabled": "on"}

    page = staff("admin").post(reverse("admin:usage_budget_add"), given)

    assert "Set a limit in US dollars or in tokens, above zero." in page.content.decode()
    assert not workspace.budgets.exists()
