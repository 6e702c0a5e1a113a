"""A forgotten password: a link by mail, and nothing about who has an account."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from assistant.audit.models import Event
from tests.assistant.accounts.conftest import PASSWORD, is_inside, log_in, logged_in

pytestmark = pytest.mark.django_db(transaction=True)
RESET = "/admin/account/password/"
NEW = {"password1": "another-password-of-acme", "password2": "another-password-of-acme"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def ask(client: Client, email: str) -> Any:
    return client.post(RESET, {"email": email}, follow=True)


def test_a_member_sets_a_new_password_and_other_sessions_end(member: Any, inbox: Any, client: Client, settings: Any):
    member("bob", "agent")
    elsewhere = logged_in("bob")
    ask(client, "Bob@shop.example")
    link = re.search(r"http\S+", inbox.text())[0]
    form = client.get(urlsplit(link).path, follow=True)

    done = client.post(form.request["PATH_INFO"], NEW, follow=True)

    assert link.startswith(settings.PUBLIC_URL)
    assert inbox.mails[0]["To"] == "bob@shop.example"
    assert "Your password is now changed." in done.content.decode()
    assert not is_inside(elsewhere)
    assert log_in(Client(), "bob", PASSWORD).status_code == 200
    assert log_in(Client(), "bob", NEW["password1"]).status_code == 302
    assert Client().get(urlsplit(link).path).context["token_fail"]
    assert Event.objects.get(action="password_reset").detail == {"name": "bob"}


def test_the_link_follows_no_host_that_the_request_made_up(member: Any, inbox: Any, client: Client, settings: Any):
    member("bob", "agent")
    settings.ALLOWED_HOSTS = ["*"]

    client.post(RESET, {"email": "bob@shop.example"}, headers={"host": "evil.test"})

    assert "evil.test" not in inbox.text()


def test_an_unknown_address_sees_the_same_page_and_gets_no_mail(member: Any, inbox: Any):
    member("bob", "agent")

    known, unknown = (ask(Client(), email) for email in ("bob@shop.example", "nobody@shop.example"))

    assert [mail["To"] for mail in inbox.mails] == ["bob@shop.example"]
    assert known.redirect_chain == unknown.redirect_chain
    assert TOKEN.sub("", known.content.decode()) == TOKEN.sub("", unknown.content.decode())


@pytest.mark.parametrize("kind", ["disabled", "logs in elsewhere"])
def test_some_accounts_get_no_link(member: Any, inbox: Any, client: Client, kind: str):
    bob = member("bob", "agent")
    bob.is_active = kind != "disabled"
    if kind == "logs in elsewhere":
        bob.set_unusable_password()
    bob.save()

    ask(client, "bob@shop.example")

    assert inbox.mails == []


def test_without_mail_nothing_is_offered_and_no_link_is_printed(
    member: Any, client: Client, settings: Any, mailoutbox: Any
):
    member("bob", "agent")
    settings.EMAIL_HOST = ""

    page = client.get("/admin/login/").content.decode()
    ask(client, "bob@shop.example")

    assert "Forgot your password?" not in page
    assert mailoutbox == []


def test_an_address_can_be_asked_for_only_so_often(member: Any, inbox: Any, client: Client):
    member("bob", "agent")

    answers = [client.post(RESET, {"email": "bob@shop.example"}).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]
    assert len(inbox.mails) == 5
