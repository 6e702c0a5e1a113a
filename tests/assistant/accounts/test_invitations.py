"""A colleague is invited with a role, and accepts once."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant.accounts import invitations
from assistant.accounts.models import Invitation
from assistant.audit.models import Event
from assistant.workspaces.models import Membership, Workspace
from tests.assistant.accounts.conftest import PASSWORD, is_inside, log_in, logged_in

pytestmark = pytest.mark.django_db
ADD = "admin:staff_accounts_invitation_add"
ADDRESS = "dora@shop.example"
ACCOUNT = {"first_name": "Dora", "password": PASSWORD, "repeated": PASSWORD}


@pytest.fixture
def rosa(member: Any) -> Client:
    """An admin of Acme."""
    member("rosa", "admin")
    return logged_in("rosa")


def invite(client: Client, workspace: Workspace, email: str = ADDRESS, role: str = "curator") -> Any:
    return client.post(reverse(ADD), {"workspace": workspace.pk, "email": email, "role": role})


def shown_link(page: Any) -> str:
    return urlsplit(page.context["link"]).path


def act(client: Client, name: str) -> Any:
    pk = Invitation.objects.latest("created_at").pk
    return client.post(reverse("admin:staff_accounts_invitation_admin_action", args=[pk, name]))


def accept(client: Client, path: str) -> Any:
    """Open the link as a browser does, and send the form."""
    opened = client.get(path, follow=True)
    return client.post("/admin/account/invitation/", ACCOUNT) if opened.status_code == 200 else opened


def test_an_invited_colleague_sets_a_password_and_works_with_the_role(
    rosa: Client, workspace: Workspace, inbox: Any, client: Client, settings: Any
):
    page = invite(rosa, workspace)

    link = re.search(r"http\S+", inbox.text())[0]
    entered = accept(client, urlsplit(link).path)
    assert page.status_code == 302
    assert inbox.mails[0]["To"] == ADDRESS
    assert link.startswith(settings.PUBLIC_URL)
    assert "Rosa invites you to work in Acme as curator." in inbox.text()
    assert (entered.status_code, entered["Location"]) == (302, "/admin/")
    assert is_inside(client)
    dora = User.objects.get(username=ADDRESS)
    assert (dora.first_name, dora.email, dora.is_staff, dora.is_superuser) == ("Dora", ADDRESS, True, False)
    assert Membership.objects.get(user=dora).role == "curator"
    assert EmailAddress.objects.get(user=dora).verified
    assert log_in(Client(), ADDRESS).status_code == 302
    event = Event.objects.get(action="membership.accepted")
    assert event.workspace_id == workspace.pk
    assert event.detail == {"name": f"{ADDRESS}: curator of Acme", "invited_by": "rosa"}


def test_a_link_works_once(rosa: Client, workspace: Workspace, client: Client):
    path = shown_link(invite(rosa, workspace))
    accept(client, path)

    again = Client().get(path)

    assert again.status_code == 410
    assert "already used or revoked" in again.content.decode()
    assert User.objects.count() == 2


def test_without_mail_the_admin_sees_the_link_once(rosa: Client, workspace: Workspace, settings: Any, mailoutbox: Any):
    settings.EMAIL_HOST = ""

    page = invite(rosa, workspace)

    token = shown_link(page).split("/")[-2]
    listed = rosa.get(reverse("admin:staff_accounts_invitation_changelist")).content.decode()
    assert "no-store" in page["Cache-Control"]
    assert ADDRESS in listed
    assert token not in listed
    assert token not in str(Invitation.objects.values().get())
    assert mailoutbox == []


def test_a_mail_server_that_is_away_leaves_the_link_to_the_admin(rosa: Client, workspace: Workspace, settings: Any):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1.0

    page = invite(rosa, workspace)

    assert "Copy the link now" in page.content.decode()
    assert Invitation.objects.get().mailed_at is None


def test_an_address_that_only_the_admin_knows_is_not_proven(rosa: Client, workspace: Workspace, client: Client):
    accept(client, shown_link(invite(rosa, workspace)))

    assert User.objects.filter(username=ADDRESS).exists()
    assert not EmailAddress.objects.exists()


def test_a_revoked_link_opens_nothing(rosa: Client, workspace: Workspace, client: Client):
    path = shown_link(invite(rosa, workspace))

    act(rosa, "revoke")

    assert accept(client, path).status_code == 410
    assert Invitation.objects.get().state() == "revoked"


def test_a_link_that_is_revoked_while_the_form_is_open_opens_nothing(
    rosa: Client, workspace: Workspace, client: Client
):
    client.get(shown_link(invite(rosa, workspace)), follow=True)
    act(rosa, "revoke")

    answer = client.post("/admin/account/invitation/", ACCOUNT)

    assert answer.status_code == 410
    assert not User.objects.filter(username=ADDRESS).exists()


def test_an_invitation_that_is_sent_again_has_another_link(rosa: Client, workspace: Workspace, client: Client):
    old = shown_link(invite(rosa, workspace))

    new = shown_link(act(rosa, "send_again"))

    assert Client().get(old).status_code == 410
    assert accept(client, new).status_code == 302


def test_an_invitation_expires(rosa: Client, workspace: Workspace, client: Client):
    path = shown_link(invite(rosa, workspace))

    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert accept(client, path).status_code == 410
    assert accept(client, shown_link(act(rosa, "send_again"))).status_code == 302


@pytest.mark.parametrize("change", [{"role": "curator"}, None])
def test_who_is_no_admin_any_more_has_invited_nobody(rosa: Client, workspace: Workspace, client: Client, change: Any):
    """T33: nobody keeps a way in by inviting themselves before they leave."""
    path = shown_link(invite(rosa, workspace))
    if change:
        Membership.objects.update(**change)
    else:
        User.objects.update(is_active=False)

    assert accept(client, path).status_code == 410


def test_somebody_with_an_account_joins_with_it(rosa: Client, workspace: Workspace, member: Any):
    globex = Workspace.objects.create(slug="globex", name="Globex")
    dora = member("dora", "viewer", of=globex)
    path = shown_link(invite(rosa, workspace))
    stranger, owner = Client(), logged_in("dora")
    told = stranger.get(path, follow=True).content.decode()
    taken = accept(stranger, path)
    owner.get(path, follow=True)

    joined = owner.post("/admin/account/invitation/")

    assert "Log in with it to join." in told
    assert "password" not in told.lower().replace("forgot", "")
    assert taken.status_code == 200
    assert joined.status_code == 302
    assert dict(dora.memberships.values_list("workspace__slug", "role")) == {"globex": "viewer", "acme": "curator"}
    assert dora.check_password(PASSWORD)


def test_somebody_else_cannot_join_with_the_link(rosa: Client, workspace: Workspace, member: Any):
    globex = Workspace.objects.create(slug="globex", name="Globex")
    member("dora", "viewer", of=globex)
    bob = member("bob", "viewer", of=globex)
    path = shown_link(invite(rosa, workspace))
    client = logged_in("bob")
    told = client.get(path, follow=True).content.decode()

    client.post("/admin/account/invitation/")

    assert "you are logged in as bob" in told
    assert bob.memberships.count() == 1


def test_an_invitation_lowers_no_role(rosa: Client, workspace: Workspace, member: Any):
    path = shown_link(invite(rosa, workspace, role="viewer"))
    dora = member("dora", "admin")
    client = logged_in("dora")
    client.get(path, follow=True)

    client.post("/admin/account/invitation/")

    assert dora.memberships.get().role == "admin"


def test_a_disabled_account_stays_disabled(rosa: Client, workspace: Workspace, client: Client):
    User.objects.create_user("dora", ADDRESS, PASSWORD, is_active=False)
    path = shown_link(invite(rosa, workspace))

    told = client.get(path, follow=True).content.decode()

    assert "is disabled" in told
    assert not User.objects.get(username="dora").memberships.exists()


def test_a_weak_password_is_refused(rosa: Client, workspace: Workspace, client: Client):
    client.get(shown_link(invite(rosa, workspace)), follow=True)

    page = client.post("/admin/account/invitation/", ACCOUNT | {"password": "password", "repeated": "password"})

    assert "too short" in page.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["rosa@shop.example", "ROSA@shop.example", "dora@shop.example", "DORA@shop.example"])
def test_a_member_or_an_invited_address_is_not_invited_twice(rosa: Client, workspace: Workspace, email: str):
    invite(rosa, workspace)

    page = invite(rosa, workspace, email)

    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert Invitation.objects.count() == 1


def test_an_admin_invites_nobody_to_another_shop(rosa: Client):
    globex = Workspace.objects.create(slug="globex", name="Globex")

    page = invite(rosa, globex)

    assert "workspace" in page.context["adminform"].form.errors
    assert not Invitation.objects.exists()


def test_of_two_who_accept_at_once_one_gets_in(workspace: Workspace, member: Any):
    """The state in the database decides, and not what was read before."""
    globex = Workspace.objects.create(slug="globex", name="Globex")
    first, second = member("bob", "viewer", of=globex), member("eve", "viewer", of=globex)
    invitation = Invitation(workspace=workspace, email=ADDRESS, role="curator")
    invitations.invite(invitation, member("rosa", "admin"))
    read_before = Invitation.objects.get()

    invitations.accept(invitation, first)
    with pytest.raises(invitations.InvitationClosed):
        invitations.accept(read_before, second)

    assert set(workspace.memberships.values_list("user__username", flat=True)) == {"rosa", "bob"}


def test_a_link_that_was_replaced_meanwhile_is_not_accepted(workspace: Workspace, member: Any):
    rosa = member("rosa", "admin")
    bob = member("bob", "viewer", of=Workspace.objects.create(slug="globex", name="Globex"))
    invitations.invite(Invitation(workspace=workspace, email=ADDRESS), rosa)
    read_before = Invitation.objects.get()
    invitations.renew(Invitation.objects.get(), rosa)

    with pytest.raises(invitations.InvitationClosed):
        invitations.accept(read_before, bob)
