"""Log in with an OpenID Connect provider, over real sockets."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client

from assistant.accounts import checks, invitations
from assistant.accounts.models import Invitation
from assistant.audit.models import Event
from assistant.workspaces.models import Membership, Workspace
from tests.assistant.accounts.conftest import is_inside, logged_in
from tests.assistant.accounts.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.assistant.accounts.test_second_factor import set_up_app

pytestmark = pytest.mark.django_db
START = "/admin/account/single-sign-on/"
DORA = {"sub": "42", "email": "dora@shop.example", "email_verified": True, "given_name": "Dora"}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    provider = Provider(person=dict(DORA))
    provider.start()
    settings.OIDC_ISSUER, settings.OIDC_NAME = provider.issuer, "Keycloak"
    app = {"provider_id": "oidc", "name": "Keycloak", "client_id": CLIENT_ID, "secret": CLIENT_SECRET}
    app["settings"] = {"server_url": provider.issuer}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield provider
    provider.stop()


@pytest.fixture
def invited(workspace: Workspace, member: Any) -> Invitation:
    invitation = Invitation(workspace=workspace, email="Dora@shop.example", role="curator")
    invitations.invite(invitation, member("rosa", "admin"))
    return invitation


def sign_on(client: Client, next_page: str = "") -> Any:
    """Go to the provider and back, as a browser does; return the answer to the way back."""
    leaving = client.get(START, {"next": next_page} if next_page else {})
    returning = requests.get(leaving["Location"], allow_redirects=False, timeout=5).headers["Location"]
    back = urlsplit(returning)
    return client.get(back.path, {name: values[0] for name, values in parse_qs(back.query).items()})


def told(client: Client) -> str:
    return client.get("/admin/login/").content.decode()


def test_an_invited_colleague_gets_an_account_and_the_role(provider: Provider, invited: Invitation, client: Client):
    answer = sign_on(client, "/admin/knowledge/article/")

    dora = User.objects.get(username="dora@shop.example")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/knowledge/article/")
    assert is_inside(client)
    assert Membership.objects.get(user=dora).role == "curator"
    assert (dora.first_name, dora.has_usable_password()) == ("Dora", False)
    invited.refresh_from_db()
    assert invited.state() == "accepted"


def test_the_second_time_it_is_the_same_account(provider: Provider, invited: Invitation):
    sign_on(Client())
    provider.person["email"] = "dora.new@shop.example"  # the provider knows people by their sub

    client = Client()
    sign_on(client)

    assert is_inside(client)
    assert User.objects.filter(memberships__isnull=False).count() == 2


def test_a_member_with_the_address_logs_in_to_their_account(provider: Provider, member: Any, client: Client):
    member("dora", "agent")

    sign_on(client)

    assert client.get("/admin/").context["user"].username == "dora"
    assert User.objects.count() == 1


def test_a_stranger_gets_in_nowhere(provider: Provider, workspace: Workspace, client: Client):
    sign_on(client)

    assert "Your account at Keycloak is not invited." in told(client)
    assert not is_inside(client)
    assert not User.objects.exists()


def test_an_address_that_is_not_verified_counts_for_nothing(
    provider: Provider, invited: Invitation, member: Any, client: Client
):
    provider.person["email_verified"] = False
    member("dora", "admin")

    sign_on(client)

    assert not is_inside(client)
    assert User.objects.count() == 2


def test_a_provider_that_verifies_silently_can_be_trusted(
    provider: Provider, invited: Invitation, client: Client, settings: Any
):
    del provider.person["email_verified"]
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["verified_email"] = True

    sign_on(client)

    assert is_inside(client)


@pytest.mark.parametrize(("email", "inside"), [("dora@shop.example", True), ("dora@evil-shop.example", False)])
def test_an_address_of_our_domains_joins_with_the_default_role(
    provider: Provider, workspace: Workspace, client: Client, settings: Any, email: str, inside: bool
):
    settings.OIDC_DOMAINS, settings.OIDC_DEFAULT_WORKSPACE = ["Shop.example"], "acme"
    provider.person["email"] = email

    sign_on(client)

    assert is_inside(client) is inside
    assert list(Membership.objects.values_list("role", flat=True)) == (["viewer"] if inside else [])
    assert Event.objects.filter(action="membership.joined", workspace_id=workspace.pk).exists() is inside


def test_a_disabled_account_stays_out(provider: Provider, member: Any, client: Client):
    User.objects.filter(pk=member("dora", "agent").pk).update(is_active=False)

    sign_on(client)

    assert not is_inside(client)


@pytest.mark.parametrize("provider_asks", [True, False])
def test_the_second_factor_of_the_provider_counts_if_you_say_so(
    provider: Provider, member: Any, client: Client, settings: Any, provider_asks: bool
):
    settings.STAFF_MFA_REQUIRED, settings.OIDC_HAS_MFA = ["agent"], provider_asks
    member("dora", "agent")

    sign_on(client)

    assert is_inside(client) is provider_asks


def test_an_own_second_factor_is_asked_for_after_the_provider(provider: Provider, member: Any, client: Client):
    member("dora", "agent")
    set_up_app(logged_in("dora"))

    answer = sign_on(client)

    assert answer["Location"] == "/admin/account/security/authenticate/"
    assert not is_inside(client)


@pytest.mark.parametrize("error", ["access_denied", "server_error"])
def test_a_provider_that_refuses_leads_back_to_the_login(provider: Provider, client: Client, error: str):
    provider.refuses = error

    answer = sign_on(client)

    assert answer["Location"] == "/admin/login/"
    assert "Logging in with Keycloak failed." in told(client)


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(provider: Provider, member: Any):
    """Login CSRF: somebody else's code and state."""
    member("dora", "agent")
    attacker, victim = Client(), Client()
    leaving = attacker.get(START)
    back = urlsplit(requests.get(leaving["Location"], allow_redirects=False, timeout=5).headers["Location"])

    victim.get(back.path + "?" + back.query)

    assert not is_inside(victim)


def test_a_provider_that_is_away_leaves_the_password(provider: Provider, client: Client, settings: Any):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"

    answer = client.get(START)

    assert answer["Location"] == "/admin/login/"
    assert "Keycloak cannot be reached." in told(client)


def test_the_way_on_leads_to_no_other_site(provider: Provider, member: Any, client: Client):
    member("dora", "agent")

    assert sign_on(client, "https://evil.test/")["Location"] == "/admin/"


def test_without_a_provider_there_is_no_button_and_no_page(client: Client):
    assert client.get(START).status_code == 404
    assert "single-sign-on" not in told(client)


def test_settings_that_cannot_work_are_found_by_a_check(settings: Any):
    settings.OIDC_ISSUER, settings.OIDC_DOMAINS, settings.OIDC_DEFAULT_ROLE = "https://sso.example", ["a.example"], "x"

    found = [check.id for check in checks.single_sign_on_is_complete(None)]

    assert found == ["accounts.E002", "accounts.E003", "accounts.E004"]
