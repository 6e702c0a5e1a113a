"""A second factor: required of some roles, asked for after the password, and not to be got round. Row T22."""

import os
import subprocess
import sys
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from assistant.accounts import checks
from assistant.audit.models import Event
from assistant.embedded.state import free_port
from knowledge.articles import publishing
from tests.assistant.accounts.conftest import PASSWORD, code_of_app, is_inside, log_in, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
SECURITY = "/admin/account/security/"
CODE = "/admin/account/security/authenticate/"


def set_up_app(client: Client) -> str:
    """Turn the authenticator app on; return its secret."""
    secret = client.get(SECURITY + "totp/activate/").context["form"].secret
    done = client.post(SECURITY + "totp/activate/", {"code": code_of_app(secret)})
    assert done.status_code == 302, done.context["form"].errors
    return secret


def test_after_the_password_comes_the_code_and_only_then_the_admin(member: Any, client: Client):
    member("bob", "agent")
    secret = set_up_app(logged_in("bob"))

    password = log_in(client, "bob")
    before = is_inside(client)
    wrong = client.post(CODE, {"code": "000000"})
    after_wrong = is_inside(client)
    right = client.post(CODE, {"code": code_of_app(secret)})

    assert password["Location"] == CODE
    assert (before, after_wrong) == (False, False)
    assert "Incorrect code." in wrong.content.decode()
    assert (right.status_code, right["Location"]) == (302, "/admin/")
    assert is_inside(client)


def test_a_code_works_once(member: Any, client: Client):
    member("bob", "agent")
    secret = set_up_app(logged_in("bob"))
    log_in(client, "bob")
    code = code_of_app(secret)
    client.post(CODE, {"code": code})
    other = Client()
    log_in(other, "bob")

    other.post(CODE, {"code": code})

    assert (is_inside(client), is_inside(other)) == (True, False)


def test_a_recovery_code_works_once(member: Any):
    member("bob", "agent")
    first = logged_in("bob")
    set_up_app(first)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    inside = []

    for client in (Client(), Client()):
        log_in(client, "bob")
        client.post(CODE, {"code": code})
        inside.append(is_inside(client))

    assert inside == [True, False]


def test_wrong_codes_are_limited(member: Any, client: Client):
    member("bob", "agent")
    secret = set_up_app(logged_in("bob"))
    log_in(client, "bob")
    for _ in range(5):
        client.post(CODE, {"code": "000000"})

    answer = client.post(CODE, {"code": code_of_app(secret)})

    assert "Too many failed login attempts" in answer.content.decode()
    assert not is_inside(client)


def test_secrets_are_stored_encrypted(member: Any):
    member("bob", "agent")

    secret = set_up_app(logged_in("bob"))

    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert stored.count("gAAAA") == 2  # the app's secret and the seed of the recovery codes


@pytest.mark.parametrize(
    ("role", "inside"), [("viewer", True), ("agent", True), ("curator", False), ("admin", False), ("superuser", False)]
)
def test_roles_that_need_one_see_nothing_before_they_have_it(
    member: Any, settings: Any, workspace: Any, role: str, inside: bool
):
    settings.STAFF_MFA_REQUIRED = ["curator", "admin"]
    bob = member("bob", "viewer" if role == "superuser" else role)
    User.objects.filter(pk=bob.pk).update(is_superuser=role == "superuser")
    article = publishing.save_draft(workspace, title="Delivery", body="Two days.")
    client = logged_in("bob")
    pages = [reverse("admin:index"), reverse("admin:knowledge_article_change", args=[article.pk]), "/admin/search/?s=a"]

    answers = [client.get(page) for page in pages]

    assert [answer.status_code == 200 for answer in answers] == [inside] * 3
    if not inside:
        assert {answer["Location"] for answer in answers} == {SECURITY}
        assert client.post(pages[1], {"title": "Taken"}).status_code == 302
        told = client.get(SECURITY).content.decode()
        assert "Your role needs a second factor." in told
        assert "Delivery" not in told
        set_up_app(client)
        assert is_inside(client)


def test_a_session_from_before_the_factor_has_to_show_it(member: Any, settings: Any):
    settings.STAFF_MFA_REQUIRED = ["curator"]
    member("bob", "curator")
    stolen, own = logged_in("bob"), logged_in("bob")
    secret = set_up_app(own)

    sent_away = stolen.get("/admin/")
    stolen.post(sent_away["Location"], {"code": code_of_app(secret)})

    assert sent_away["Location"] == SECURITY + "reauthenticate/?next=%2Fadmin%2F"
    assert is_inside(stolen)


@pytest.mark.parametrize("page", ["recovery-codes/", "totp/deactivate/", "webauthn/add/"])
@pytest.mark.parametrize("role", ["agent", "curator"])
def test_a_session_from_before_the_factor_changes_nothing_with_the_password_alone(
    member: Any, settings: Any, role: str, page: str
):
    settings.STAFF_MFA_REQUIRED = ["curator"]
    member("bob", role)
    stolen, own = logged_in("bob"), logged_in("bob")
    secret = set_up_app(own)
    stolen.post("/admin/account/confirm/", {"password": PASSWORD})

    sent_away = stolen.get(SECURITY + page)

    assert sent_away.status_code == 302
    assert sent_away["Location"].startswith(SECURITY + "reauthenticate/")
    stolen.post(sent_away["Location"], {"code": code_of_app(secret)})
    assert stolen.get(SECURITY + page).status_code == 200


def test_the_page_that_asks_for_the_password_again_opens_for_a_proven_address(member: Any, client: Client):
    EmailAddress.objects.create(user=member("bob", "agent"), email="bob@shop.example", verified=True, primary=True)
    secret = set_up_app(logged_in("bob"))
    log_in(client, "bob")
    client.post(CODE, {"code": code_of_app(secret)})

    asked = client.post(SECURITY + "totp/deactivate/")
    done = client.post(asked["Location"], {"password": PASSWORD})

    assert client.get(asked["Location"]).status_code == 200
    assert done.status_code == 302
    assert not Authenticator.objects.filter(type="totp").exists()


def test_who_has_one_changes_it_only_with_the_password(member: Any, client: Client):
    member("bob", "agent")
    secret = set_up_app(logged_in("bob"))
    log_in(client, "bob")
    client.post(CODE, {"code": code_of_app(secret)})

    answer = client.post(SECURITY + "totp/deactivate/")

    assert answer["Location"].startswith("/admin/account/confirm/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_superuser_helps_somebody_who_lost_the_phone(member: Any, client: Client):
    bob = member("bob", "agent")
    bobs = logged_in("bob")
    set_up_app(bobs)
    client.force_login(User.objects.create_superuser("rosa"))

    client.post(
        reverse("admin:auth_user_changelist"), {"action": "remove_second_factors", "_selected_action": [bob.pk]}
    )

    assert not is_inside(bobs)
    assert is_inside(logged_in("bob"))
    event = Event.objects.get(action="user.remove_second_factors")
    assert (event.actor, event.object_id, event.detail) == ("rosa", str(bob.pk), {"name": "bob"})


def test_a_lone_superuser_is_helped_by_a_command(member: Any, capsys: Any):
    member("bob", "agent")
    bobs = logged_in("bob")
    set_up_app(bobs)

    call_command("reset_second_factor", "bob")

    assert "Removed the second factors of bob" in capsys.readouterr().out
    assert not is_inside(bobs)
    assert is_inside(logged_in("bob"))
    assert Event.objects.get(action="user.remove_second_factors").actor == "system"


@pytest.mark.parametrize(
    ("environment", "roles"),
    [
        ({}, []),
        ({"PUBLIC_URL": "https://help.shop.example"}, ["curator", "admin"]),
        ({"PUBLIC_URL": "https://help.shop.example", "STAFF_MFA_REQUIRED": "none"}, ["none"]),
        ({"STAFF_MFA_REQUIRED": "viewer,admin"}, ["viewer", "admin"]),
    ],
)
def test_it_is_required_by_default_where_people_come_over_https(environment: dict[str, str], roles: list[str]):
    """`make run` on a laptop opens with the password that it printed."""
    own = {name: value for name, value in os.environ.items() if name not in ("PUBLIC_URL", "STAFF_MFA_REQUIRED")}
    program = "from assistant.settings.accounts import STAFF_MFA_REQUIRED as roles; print(roles)"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project.BASE_DIR,
        env={**own, "ENV_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(roles)


def test_a_check_warns_of_admins_without_one_on_a_public_address(settings: Any):
    settings.PUBLIC_URL = "https://help.shop.example"
    found = []
    for roles in (["none"], ["curator", "admin"], ["admins"]):
        settings.STAFF_MFA_REQUIRED = roles
        found.append([check.id for check in checks.second_factor_is_required(None)])

    assert found == [["accounts.W001"], [], ["accounts.E001", "accounts.W001"]]


def test_there_is_no_page_to_sign_up(member: Any):
    """What django-allauth offers besides has no address; the admin knows no such page either."""
    member("bob", "agent")
    client = logged_in("bob")

    for path in ("signup/", "email/", "password/set/", "security/webauthn/signup/", "login/", "login/code/"):
        assert client.get("/admin/account/" + path).status_code == 404, path


def test_without_redis_a_password_logs_in_and_a_code_is_refused_in_words(member: Any, settings: Any, client: Client):
    member("bob", "agent")
    member("eve", "agent")
    secret = set_up_app(logged_in("bob"))
    away = settings.CACHES["default"] | {"LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    settings.CACHES = {"default": away}

    log_in(client, "bob")
    answer = client.post(CODE, {"code": code_of_app(secret)})

    assert is_inside(logged_in("eve"))
    assert not is_inside(client)
    assert answer.status_code == 503
    assert "Codes can't be checked at the moment." in answer.content.decode()
