"""Invalid input of clients: a stable code each time, nothing lost, the process stays up."""

import contextlib
import json
import uuid

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus

from conversations.models import Contact, Conversation, Message
from tests.conftest import ORIGIN

pytestmark = pytest.mark.django_db(transaction=True)


async def closed_with(socket) -> int:
    await socket.wait_closed()
    return socket.close_code


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.test",
        "http://shop.test:8001",
        "https://shop.test:8000",
        "http://shop.test:8000.evil.test",
        "HTTP://SHOP.TEST:8000",
        "http://evil.test/http://shop.test:8000",
    ],
)
async def test_a_foreign_origin_is_refused_at_the_handshake(server, widget, origin):
    with pytest.raises(InvalidStatus) as refused:
        async with websockets.connect(f"ws://{server}/ws/chat/", origin=origin):
            pass

    assert refused.value.response.status_code == 403
    assert await Contact.objects.acount() == await Conversation.objects.acount() == 0


async def test_an_unknown_widget_key_is_refused(server, widget):
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as socket:
        await socket.send(json.dumps({"type": "hello", "widget": "wk_unknown"}))
        error = json.loads(await socket.recv())
        code = await closed_with(socket)

    assert (error["code"], code) == ("widget_unknown", 4404)


async def test_the_origin_of_another_widget_is_refused(server, widget, workspace):
    await workspace.widgets.acreate(public_key="wk_other", origins=["http://other.test"])

    async with websockets.connect(f"ws://{server}/ws/chat/", origin="http://other.test") as socket:
        await socket.send(json.dumps({"type": "hello", "widget": widget.public_key}))
        error = json.loads(await socket.recv())
        code = await closed_with(socket)

    assert (error["code"], code) == ("origin_refused", 4403)


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "{}",
        "null",
        '{"type": "unknown"}',
        '{"type": "message.send", "text": NaN}',
        '{"type": "message.send", "client_ref": 5, "text": "hi"}',
        json.dumps({"type": "message.send", "client_ref": str(uuid.UUID(int=1)), "text": ["hi"]}),
        '{"type": "reply.stop"}',
        json.dumps({"type": "message.rate", "message_id": str(uuid.UUID(int=2)), "rating": "love"}),
        "[" * 100_00,
        '{"type": "ping", "text": "\\ud800"}',
        b"binary",
    ],
)
async def test_a_malformed_frame_closes_with_4400_and_says_why(chat, frame):
    async with chat() as ana:
        await ana.socket.send(frame)
        error = await ana.next("error")
        code = await closed_with(ana.socket)

    assert (error["code"], code) == ("bad_frame", 4400)


async def test_a_frame_of_ten_megabytes_closes_with_1009(chat):
    async with chat() as ana:
        with contextlib.suppress(ConnectionClosed):  # it may be closed while we still send
            await ana.socket.send("x" * 10_000_000)
        assert await closed_with(ana.socket) == 1009


async def test_invalid_utf_8_closes_with_1007(chat):
    async with chat() as ana:
        await ana.socket.send(b"\xff\xfe", text=True)
        assert await closed_with(ana.socket) == 1007


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message_empty"),
        ("  \n ", "message_empty"),
        ("x" * 4_001, "message_too_long"),
        ("null\x00byte", "invalid_message"),
    ],
)
async def test_a_message_that_cannot_be_answered_is_refused_and_the_socket_lives(chat, no_engine, text, code):
    ref = str(uuid.uuid4())

    async with chat() as ana:
        await ana.send(type="message.send", client_ref=ref, text=text)
        error = await ana.next("error")
        await ana.send(type="ping")
        await ana.next("pong")

    assert (error["code"], error["client_ref"]) == (code, ref)
    assert await Message.objects.acount() == 0


async def test_too_many_messages_are_refused_with_the_time_to_wait(chat, no_engine, settings):
    settings.MESSAGES_PER_10_S = 2

    async with chat() as ana:
        await ana.say("hello")
        await ana.say("hello")
        await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text="hello")
        error = await ana.next("error")

    assert error["code"] == "rate_limited"
    assert 1 <= error["retry_after_s"] <= 11


async def test_who_goes_on_sending_too_much_is_closed_with_4429(chat, no_engine, settings):
    settings.MESSAGES_PER_10_S, settings.RATE_VIOLATIONS_MAX = 1, 2

    async with chat() as ana:
        await ana.say("hello")
        for _ in range(2):
            await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text="hello")
            assert (await ana.next("error"))["code"] == "rate_limited"
        await ana.socket.wait_closed()

    assert ana.socket.close_code == 4429


async def test_a_page_may_say_so_much_of_a_visit(chat, settings):
    settings.VISIT_ATTRIBUTES_MAX, settings.VISIT_ATTRIBUTE_MAX_CHARS = 2, 3

    async with chat(attributes={"plan": "professional", "items": 3, "more": 1}) as ana:
        await ana.send(type="ping")
        await ana.next("pong")

    noted = await Contact.objects.aget()
    assert noted.attributes == {"plan": "pro", "items": 3}


async def test_a_socket_that_says_no_hello_is_closed_with_4408(server, widget, settings):
    settings.HELLO_TIMEOUT_S = 0.2

    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as socket:
        error = json.loads(await socket.recv())
        code = await closed_with(socket)

    assert (error["code"], code) == ("hello_timeout", 4408)


async def test_the_first_frame_must_be_hello(server, widget):
    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as socket:
        await socket.send(json.dumps({"type": "ping"}))
        assert json.loads(await socket.recv())["code"] == "bad_frame"
        assert await closed_with(socket) == 4400


async def test_somebody_elses_conversation_is_not_found(chat, server, widget):
    async with chat() as ana:
        theirs = ana.ready["conversation"]

    async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as bob:
        await bob.send(json.dumps({"type": "hello", "widget": widget.public_key, "conversation": theirs}))
        error = json.loads(await bob.recv())
        code = await closed_with(bob)

    assert (error["code"], code) == ("not_found", 4404)


async def test_one_socket_too_many_closes_the_oldest_with_4409(chat, no_engine, settings):
    settings.SOCKETS_PER_VISITOR = 2

    async with chat() as first:
        session = first.ready["session"]
        async with chat(session=session) as second, chat(session=session) as third:
            error = await first.next("error")
            code = await closed_with(first.socket)
            for kept in (second, third):
                await kept.send(type="ping")
                await kept.next("pong")

    assert (error["code"], code) == ("socket_replaced", 4409)
