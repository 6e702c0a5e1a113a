"""Pages of unknown origins open no socket and leave no data."""

import asyncio

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.test import Client
from websockets.exceptions import InvalidStatus

from conversations.models import Contact, Conversation
from tests.conftest import ORIGIN, Customer

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "http://other.test"


def cookie_of_staff() -> str:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("rosa", password="rosa-works-here"))
    return f"sessionid={client.cookies['sessionid'].value}"


async def refusal(server, widget, origin=ORIGIN, **hello) -> tuple[str, int]:
    """Return the error code for a hello, and the close code."""
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=origin) as connected:
        ana = Customer(connected)
        await ana.send(type="hello", widget=widget.public_key, **hello)
        refused = await ana.next("error")
        await connected.wait_closed()
    return refused["code"], connected.close_code


async def handshake(server: str, *origins: str) -> int:
    """Return the status of a WebSocket upgrade with these headers."""
    host, port = server.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = ["GET /ws/chat/ HTTP/1.1", f"Host: {server}", "Upgrade: websocket", "Connection: Upgrade"]
    head += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    head += [f"Origin: {origin}" for origin in origins]
    writer.write("\r\n".join([*head, "", ""]).encode())
    async with asyncio.timeout(5):
        answer = await reader.readline()
    writer.close()
    return int(answer.split()[1])


async def test_a_socket_at_another_address_is_refused_and_breaks_nothing(server, widget, caplog):
    with pytest.raises(InvalidStatus) as refused:
        await websockets.connect(f"ws://{server}/ws/nowhere/", origin=ORIGIN)

    assert refused.value.response.status_code == 403
    assert "Traceback" not in caplog.text


ELSEWHERE = {
    "nowhere": [],
    "null": ["null"],
    "empty": [""],
    "a foreign page": ["http://evil.test:8000"],
    "another port": ["http://shop.test:8001"],
    "the port of the scheme": ["http://shop.test"],
    "another scheme": ["https://shop.test:8000"],
    "good.evil": ["http://shop.test.evil.test:8000"],
    "good:port.evil": ["http://shop.test:8000.evil.test"],
    "evilgood": ["http://evilshop.test:8000"],
    "evil/good": ["http://evil.test/http://shop.test:8000"],
    "good@evil": ["http://shop.test:8000@evil.test"],
    "a path": [f"{ORIGIN}/"],
    "upper case": [ORIGIN.upper()],
    "upper case host": ["http://SHOP.test:8000"],
    "two, the good one first": [ORIGIN, "http://evil.test"],
    "two, the good one last": ["http://evil.test", ORIGIN],
    "the good one twice": [ORIGIN, ORIGIN],
    "two in one": [f"{ORIGIN}, http://evil.test"],
}


async def test_the_registered_page_alone_may_open_a_socket(server, widget):
    answers = {where: await handshake(server, *origins) for where, origins in ELSEWHERE.items()}

    assert answers == dict.fromkeys(ELSEWHERE, 403)
    assert await handshake(server, ORIGIN) == 101
    assert await Contact.objects.acount() == await Conversation.objects.acount() == 0


async def test_the_cookie_of_staff_opens_no_socket_from_elsewhere(server, widget):
    cookie = {"Cookie": await sync_to_async(cookie_of_staff)()}

    for origin in ("http://evil.test", "http://127.0.0.1", None):
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(f"ws://{server}/ws/chat/", origin=origin, additional_headers=cookie)
        assert refused.value.response.status_code == 403

    assert await Contact.objects.acount() == await Conversation.objects.acount() == 0


async def test_a_cookie_makes_nobody_of_its_bearer(server, chat, widget):
    async with chat() as ana:
        begun = ana.ready
    cookie = {"Cookie": await sync_to_async(cookie_of_staff)()}
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN, additional_headers=cookie) as connected:
        bob = Customer(connected)
        await bob.send(type="hello", widget=widget.public_key)
        ready = await bob.next("session.ready")

    assert (ready["verified"], ready["messages"]) == (False, [])
    assert ready["conversation"] != begun["conversation"]


async def test_a_session_is_good_at_the_widget_that_gave_it_alone(server, chat, workspace):
    other = await workspace.widgets.acreate(public_key="wk_other", origins=[OTHER])
    async with chat() as ana:
        session = ana.ready["session"]

    assert await refusal(server, other, OTHER, session=session) == ("identity_invalid", 4401)


async def test_a_session_ends(server, chat, widget, settings):
    async with chat() as ana:
        session = ana.ready["session"]
    settings.SESSION_TTL_S = -1  # it has been over for a second

    assert await refusal(server, widget, session=session) == ("identity_invalid", 4401)
