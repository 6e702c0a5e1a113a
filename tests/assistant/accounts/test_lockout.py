"""Wrong passwords lock a name, but nobody can lock out a colleague. Row T22."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client

from tests.assistant.accounts.conftest import is_inside, log_in, logged_in

pytestmark = pytest.mark.django_db
VARIABLE = re.compile(r'value="\w{64}"')


def guess(client: Client, name: str, times: int, address: str = "192.0.2.1") -> list[int]:
    return [log_in(client, name, "wrong", REMOTE_ADDR=address).status_code for _ in range(times)]


def later(**passed: float) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(**passed))


def test_after_five_wrong_passwords_even_the_right_one_is_refused_from_there(member: Any, client: Client):
    member("bob", "agent")

    guessed = guess(client, "bob", 5)
    sixth = log_in(client, "bob", REMOTE_ADDR="192.0.2.1")

    assert guessed == [200] * 4 + [429]
    assert sixth.status_code == 429
    assert sixth["Retry-After"] == "900"
    assert "Too many wrong passwords. Wait 15 minutes, or log in with a passkey." in sixth.content.decode()
    assert not is_inside(client)
    assert log_in(Client(), "bob", REMOTE_ADDR="192.0.2.2").status_code == 302


def test_a_name_that_nobody_has_is_answered_the_same(member: Any):
    member("bob", "agent")
    pages = []

    for name in ("bob", "nobody"):
        client = Client()
        guess(client, name, 5)
        pages.append(VARIABLE.sub("", log_in(client, name, REMOTE_ADDR="192.0.2.1").content.decode()))

    assert pages[0] == pages[1]


def test_the_right_password_forgets_the_wrong_ones(member: Any, client: Client):
    member("bob", "agent")
    guess(client, "bob", 4)

    log_in(client, "bob", REMOTE_ADDR="192.0.2.1")

    assert guess(Client(), "BOB", 4) == [200] * 4


def test_many_addresses_together_lock_a_name_for_browsers_that_never_logged_in_with_it(member: Any, settings: Any):
    settings.LOGIN_FAILURES_PER_NAME = 6
    member("bob", "agent")
    member("eve", "agent")
    known, other = logged_in("bob"), logged_in("eve")
    known.post("/admin/logout/")
    for number in range(6):
        guess(Client(), "bob", 1, f"198.51.100.{number}")

    assert log_in(Client(), "bob", REMOTE_ADDR="203.0.113.1").status_code == 429
    assert log_in(other, "bob", REMOTE_ADDR="203.0.113.1").status_code == 429  # known, but not for bob
    assert log_in(known, "bob", REMOTE_ADDR="203.0.113.1").status_code == 302
    assert log_in(Client(), "eve", REMOTE_ADDR="203.0.113.1").status_code == 302


def test_a_known_browser_is_still_limited_by_its_address(member: Any, settings: Any):
    settings.LOGIN_FAILURES_PER_NAME = 6
    member("bob", "agent")
    known = logged_in("bob")
    known.post("/admin/logout/")

    assert guess(known, "bob", 6)[-1] == 429


def test_a_forged_cookie_makes_no_browser_known(member: Any, settings: Any):
    settings.LOGIN_FAILURES_PER_NAME = 1
    member("bob", "agent")
    genuine = logged_in("bob").cookies["brevity_known_browser"].value
    guess(Client(), "bob", 1)
    statuses = []

    for cookie in ("x", genuine[:-1] + ("a" if genuine[-1] != "a" else "b"), genuine):
        client = Client()
        client.cookies["brevity_known_browser"] = cookie
        statuses.append(log_in(client, "bob", REMOTE_ADDR="203.0.113.1").status_code)

    assert statuses == [429, 429, 302]


def test_guessing_on_does_not_prolong_the_lock(member: Any, client: Client):
    member("bob", "agent")
    guess(client, "bob", 5)
    later(minutes=14)
    guess(client, "bob", 20)

    later(minutes=2)

    assert log_in(client, "bob", REMOTE_ADDR="192.0.2.1").status_code == 302
