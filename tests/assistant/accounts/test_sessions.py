"""Sessions can be seen and ended, and end with the account. Row T33, ASVS 7.4.1 and 7.4.2."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from assistant.workspaces.models import Workspace
from tests.assistant.accounts.conftest import is_inside, log_in, logged_in

pytestmark = pytest.mark.django_db
LIST, END = "/admin/account/sessions/", "/admin/account/sessions/end/"


def test_a_member_sees_where_they_are_logged_in(member: Any, client: Client):
    member("bob", "agent")
    log_in(Client(), "bob", REMOTE_ADDR="192.0.2.7", headers={"user-agent": "Firefox on a phone"})
    log_in(client, "bob")

    page = client.get(LIST).content.decode()

    assert "Firefox on a phone" in page
    assert "192.0.2.7" in page
    assert page.count("this one") == 1


def test_one_session_is_ended(member: Any, client: Client):
    bob = member("bob", "agent")
    stolen = logged_in("bob")
    theirs = UserSession.objects.get(user=bob)
    log_in(client, "bob")

    client.post(END, {"session": theirs.pk})

    assert (is_inside(stolen), is_inside(client)) == (False, True)


def test_all_other_sessions_are_ended_also_those_that_no_list_has(member: Any, client: Client):
    bob = member("bob", "agent")
    unlisted, listed = Client(), logged_in("bob")
    unlisted.force_login(bob)
    log_in(client, "bob")

    page = client.post(END, follow=True).content.decode()

    assert "2 other sessions ended." in page
    assert [is_inside(each) for each in (unlisted, listed, client)] == [False, False, True]


def test_nobody_ends_the_session_of_somebody_else_by_its_number(member: Any):
    member("bob", "agent")
    eve = member("eve", "agent")
    eves = logged_in("eve")

    logged_in("bob").post(END, {"session": UserSession.objects.get(user=eve).pk})

    assert is_inside(eves)


def test_a_session_that_is_used_is_listed_with_its_address(member: Any, client: Client):
    client.force_login(member("bob", "agent"))

    client.get("/admin/", REMOTE_ADDR="192.0.2.9")

    assert UserSession.objects.get().ip == "192.0.2.9"


@pytest.mark.parametrize(("of_acme", "ended"), [(True, True), (False, False)])
def test_an_admin_ends_the_sessions_of_the_members_of_their_shop(member: Any, of_acme: bool, ended: bool):
    globex = Workspace.objects.create(slug="globex", name="Globex")
    member("rosa", "admin")
    bob = member("bob", "agent") if of_acme else member("bob", "agent", of=globex)
    bobs, rosas = logged_in("bob"), logged_in("rosa")
    page = reverse("admin:workspaces_membership_admin_action", args=[bob.memberships.get().pk, "end_sessions"])

    answer = rosas.post(page)

    assert answer.status_code == (302 if of_acme else 404)
    assert is_inside(bobs) is not ended
    assert is_inside(rosas)


def test_a_superuser_ends_the_sessions_of_anybody(member: Any, client: Client):
    bob = member("bob", "agent")
    bobs = logged_in("bob")
    client.force_login(User.objects.create_superuser("rosa"))

    client.post(reverse("admin:auth_user_changelist"), {"action": "log_out", "_selected_action": [bob.pk]})

    assert (is_inside(bobs), is_inside(client)) == (False, True)


@pytest.mark.parametrize("how", ["disabled", "no staff", "password", "logout"])
def test_access_ends_with_the_next_request(member: Any, client: Client, how: str):
    """T33: every page asks the database who this is, so nothing has to run out."""
    bob = member("bob", "agent")
    log_in(client, "bob")
    copied = Client()
    copied.cookies = client.cookies.copy()
    assert is_inside(copied)

    if how == "logout":
        client.post(reverse("admin:logout"))
    elif how == "password":
        bob.set_password("another-password")
        bob.save()
    else:
        User.objects.update(**{"disabled": {"is_active": False}, "no staff": {"is_staff": False}}[how])

    assert not is_inside(copied)


def test_logging_out_leaves_no_session(member: Any, client: Client):
    member("bob", "agent")
    log_in(client, "bob")

    client.post(reverse("admin:logout"))

    assert not Session.objects.exists()


def test_a_member_whose_staff_tick_a_superuser_clears_is_out(member: Any, client: Client):
    bob = member("bob", "agent")
    bobs, row = logged_in("bob"), bob.memberships.get()
    client.force_login(User.objects.create_superuser("rosa"))
    form = {"username": "bob", "is_active": "on", "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1}
    named = {"id": row.pk, "user": bob.pk, "workspace": row.workspace_id, "role": row.role}

    page = reverse("admin:auth_user_change", args=[bob.pk])
    saved = client.post(page, form | {f"memberships-0-{name}": value for name, value in named.items()})

    assert saved.status_code == 302
    assert not is_inside(bobs)
