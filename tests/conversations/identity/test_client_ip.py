"""One function determines the client's address, and forged headers do not change it (row C1)."""

from ipaddress import ip_network

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.urls import reverse

from assistant.server import serve
from conversations.identity.client_ip import client_ip

PASSWORD = "rosa-works-here"


def address(peer: str, *forwarded: str) -> str:
    return client_ip((peer, 5000), [(b"x-forwarded-for", line.encode()) for line in forwarded])


class Door:
    """The login page of the staff admin, in a browser."""

    def __init__(self, server: str) -> None:
        self.url = f"http://{server}{reverse('admin:login')}"

    async def enter(self, name: str, password: str, **headers: str) -> int:
        """Return the status: 200 shows the form again, 302 is logged in, 429 is locked."""
        async with httpx.AsyncClient() as browser:
            await browser.get(self.url)
            form = {"username": name, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            return (await browser.post(self.url, data=form, headers=headers)).status_code


@pytest.fixture
async def door(server: str) -> Door:
    await sync_to_async(get_user_model().objects.create_superuser)("rosa", password=PASSWORD)
    return Door(server)


async def test_a_changing_x_forwarded_for_does_not_escape_the_login_lock(door, settings):
    tried = [await door.enter("rosa", "wrong", **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(6)]
    right = await door.enter("rosa", PASSWORD, **{"X-Forwarded-For": "203.0.113.99", "X_Forwarded_For": "203.0.113.98"})

    assert tried == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429] * 2
    assert right == 429


async def test_a_name_in_other_letters_shares_its_login_failures(door):
    for name in ("ROSA", "Rosa", "rosa ", "ro\u017fa", "RoSa"):
        await door.enter(name, "wrong")

    assert await door.enter("rosa", PASSWORD) == 429


async def test_who_comes_through_a_trusted_proxy_is_locked_alone(door, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    for n in range(6):  # what the client itself sends stands before what the proxy adds
        await door.enter("rosa", "wrong", **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.7"})

    assert await door.enter("rosa", PASSWORD, **{"X-Forwarded-For": "203.0.113.50, 198.51.100.7"}) == 429
    assert await door.enter("rosa", PASSWORD, **{"X-Forwarded-For": "198.51.100.8"}) == 302


def test_without_trusted_proxies_the_peer_is_the_client():
    assert address("127.0.0.1", "203.0.113.1") == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "lines", "client"),
    [
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.1", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7, 10.9.9.9, 192.0.2.1"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8:1:2:3:4:5:6]:4711"], "2001:db8:1:2::"),
        ("10.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1, ' OR 1=1"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("2001:db8:1:2:ffff::1", ["198.51.100.7"], "2001:db8:1:2::"),
    ],
)
def test_the_client_is_the_last_address_that_no_trusted_proxy_has(settings, peer, lines, client):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("192.0.2.1")]

    assert address(peer, *lines) == client


def test_the_server_leaves_x_forwarded_for_to_that_function():
    assert serve.configuration().proxy_headers is False
