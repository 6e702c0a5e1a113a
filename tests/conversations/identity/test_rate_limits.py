"""Every action of a visitor is limited, per visitor and per address (row B7)."""

import uuid
from collections import Counter

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async

from assistant.workspaces.models import ApiKey
from conversations.identity import rate_limits
from conversations.models import Contact, Conversation
from tests.conftest import ORIGIN

pytestmark = pytest.mark.django_db(transaction=True)
FLOOD = 20
NO_MESSAGE = str(uuid.UUID(int=9))


@pytest.fixture(autouse=True)
def _fresh_frames() -> None:
    rate_limits.frames.forget()


async def flooded(customer, **frame) -> tuple[Counter, dict]:
    """Send FLOOD such frames; return the responses by code or type until the socket is closed, and the last error."""
    heard, last = Counter(), {}
    try:
        for _ in range(FLOOD):
            ref = {"client_ref": str(uuid.uuid4())} if frame["type"] == "message.send" else {}
            await customer.send(**frame, **ref)
        while True:
            event = await customer.next()
            heard[event.get("code", event["type"])] += 1
            last = event if event["type"] == "error" else last
    except websockets.ConnectionClosed:
        return heard, last


@pytest.mark.parametrize(
    ("limit", "frame", "before"),
    [
        ("FRAMES_PER_VISITOR_10_S", {"type": "ping"}, "pong"),
        ("FRAMES_PER_IP_10_S", {"type": "ping"}, "pong"),
        ("FRAMES_PER_VISITOR_10_S", {"type": "typing", "on": True}, None),
        ("MESSAGES_PER_10_S", {"type": "message.send", "text": " "}, "message_empty"),
        ("MESSAGES_PER_10_S", {"type": "message.send", "text": "x" * 4_001}, "message_too_long"),
        ("MESSAGES_PER_IP_MINUTE", {"type": "message.send", "text": "a\0b"}, "invalid_message"),
        ("HANDOFFS_PER_VISITOR_HOUR", {"type": "conversation.handoff"}, None),
        ("HANDOFFS_PER_IP_HOUR", {"type": "conversation.handoff"}, None),
    ],
)
async def test_a_socket_that_floods_is_told_to_wait_and_then_closed(chat, settings, limit, frame, before):
    setattr(settings, limit, 3)

    async with chat() as ana:
        heard, last = await flooded(ana, **frame)

    assert (heard["rate_limited"], ana.socket.close_code) == (settings.RATE_VIOLATIONS_MAX, 4429)
    assert 1 <= last["retry_after_s"] <= 3601
    assert before is None or 1 <= heard[before] <= 6  # 10 seconds may end in between


@pytest.mark.parametrize("limit", ["RATINGS_PER_VISITOR_MINUTE", "RATINGS_PER_IP_MINUTE"])
async def test_ratings_are_counted_on_the_socket(chat, no_engine, returns_article, settings, limit):
    setattr(settings, limit, 3)

    async with chat() as ana:
        reply = await ana.ask("How do I send something back?")
        heard, _ = await flooded(ana, type="message.rate", message_id=reply["message_id"], rating="like")

    assert (heard["rate_limited"], ana.socket.close_code) == (settings.RATE_VIOLATIONS_MAX, 4429)


async def test_a_message_too_much_names_the_message_that_was_not_taken(chat, settings):
    settings.FRAMES_PER_VISITOR_10_S = 3
    ref = str(uuid.uuid4())

    async with chat() as ana:
        for _ in range(3):
            await ana.send(type="ping")
        await ana.send(type="message.send", client_ref=ref, text="Hello?")
        error = await ana.next("error")

    assert (error["code"], error["client_ref"]) == ("rate_limited", ref)


async def test_new_visitors_from_one_address_are_limited_on_the_socket(chat, server, widget, settings):
    settings.NEW_SESSIONS_PER_IP_MINUTE = 2

    async with chat() as ana, chat():
        async with websockets.connect(f"ws://{server}/ws/chat/", origin=ORIGIN) as third:
            await third.send(f'{{"type": "hello", "widget": "{widget.public_key}"}}')
            error = await third.recv()
            await third.wait_closed()
        async with chat(session=ana.ready["session"]) as again:  # who was here before comes in
            assert again.ready["conversation"] == ana.ready["conversation"]

    assert '"rate_limited"' in error
    assert third.close_code == 4429
    assert await Contact.objects.acount() == 2


async def test_one_visitor_comes_in_only_so_often(chat, settings):
    settings.SESSIONS_PER_VISITOR_MINUTE = 2

    async with chat() as ana:
        session = ana.ready["session"]
        async with chat(session=session):
            with pytest.raises(websockets.ConnectionClosed) as closed:
                async with chat(session=session):
                    pass

    assert closed.value.rcvd.code == 4429


async def test_one_visitor_begins_only_so_many_conversations_on_sockets(chat, no_engine, settings):
    settings.NEW_CONVERSATIONS_PER_VISITOR_HOUR = 2

    async with chat() as ana:
        await ana.say("Hello, are you there?")
    async with chat(session=ana.ready["session"]) as ana:
        await ana.say("Hello, are you there?")
    with pytest.raises(websockets.ConnectionClosed) as closed:
        async with chat(session=ana.ready["session"]):
            pass

    assert closed.value.rcvd.code == 4429
    assert await Conversation.objects.acount() == 2


class Browser:
    """A visitor over REST, with a session of the widget."""

    def __init__(self, http: httpx.AsyncClient, widget_key: str) -> None:
        self.http, self.widget_key = http, widget_key

    async def enter(self, **fields) -> httpx.Response:
        draft = {"widget": self.widget_key, **fields}
        answer = await self.http.post("/widget/sessions/", json=draft, headers={"Origin": ORIGIN})
        if answer.status_code == 201:
            self.http.headers["Authorization"] = f"Bearer {answer.json()['session']}"
        return answer

    async def post(self, address: str, **body) -> httpx.Response:
        return await self.http.post(address, json=body)


@pytest.fixture
async def browser(server, widget):
    async with httpx.AsyncClient(base_url=f"http://{server}/api/v1", timeout=30) as http:
        yield Browser(http, widget.public_key)


def is_refused(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    assert answer.json()["error"]["code"] == "rate_limited"
    assert int(answer.headers["Retry-After"]) == answer.json()["error"]["details"]["retry_after_s"] >= 1
    return True


async def test_new_visitors_from_one_address_are_limited_over_rest(browser, settings):
    settings.NEW_SESSIONS_PER_IP_MINUTE = 2

    answers = [await browser.enter() for _ in range(4)]

    assert [is_refused(answer) for answer in answers] == [False, False, True, True]
    assert await Contact.objects.acount() == 2


async def test_a_session_is_renewed_only_so_often(browser, settings):
    settings.SESSIONS_PER_VISITOR_MINUTE = 2
    session = (await browser.enter()).json()["session"]

    assert [is_refused(await browser.enter(session=session)) for _ in range(3)] == [False, True, True]


@pytest.mark.parametrize("limit", ["NEW_CONVERSATIONS_PER_VISITOR_HOUR", "NEW_CONVERSATIONS_PER_IP_12_H"])
async def test_new_conversations_are_limited_over_rest(browser, settings, limit):
    setattr(settings, limit, 2)
    await browser.enter()

    answers = [await browser.post("/conversations/") for _ in range(3)]

    assert [is_refused(answer) for answer in answers] == [False, False, True]
    assert await Conversation.objects.acount() == 2


@pytest.mark.parametrize(
    ("limit", "address", "body"),
    [
        ("MESSAGES_PER_10_S", "/conversations/{}/messages/", {"text": "a\ud7ff" * 4_000}),
        ("MESSAGES_PER_IP_MINUTE", "/conversations/{}/messages/", {"text": "  "}),
        ("HANDOFFS_PER_VISITOR_HOUR", "/conversations/{}/handoff/", {}),
        ("HANDOFFS_PER_IP_HOUR", "/conversations/{}/handoff/", {}),
        ("RATINGS_PER_VISITOR_MINUTE", f"/messages/{NO_MESSAGE}/rating/", {"rating": "like"}),
        ("RATINGS_PER_IP_MINUTE", f"/messages/{NO_MESSAGE}/rating/", {"rating": "like"}),
    ],
)
async def test_what_a_visitor_does_over_rest_is_counted_also_where_it_is_refused(
    browser, no_engine, settings, limit, address, body
):
    await browser.enter()
    conversation = (await browser.post("/conversations/")).json()["id"]
    setattr(settings, limit, 3)

    answers = [await browser.post(address.format(conversation), **body) for _ in range(5)]

    assert [is_refused(answer) for answer in answers] == [False, False, False, True, True]


@pytest.mark.parametrize("limit", ["REQUESTS_PER_VISITOR_MINUTE", "REQUESTS_PER_IP_MINUTE"])
async def test_any_other_request_of_a_visitor_is_counted_too(browser, settings, limit):
    await browser.enter()
    conversation = (await browser.post("/conversations/")).json()["id"]
    setattr(settings, limit, 5)

    answers = [await browser.http.get(f"/conversations/{conversation}/") for _ in range(FLOOD)]

    assert sum(is_refused(answer) for answer in answers) >= FLOOD - 2 * 5  # a minute may end in between


async def test_a_session_that_is_refused_costs_its_address_too(browser, settings):
    settings.REQUESTS_PER_IP_MINUTE = 5

    answers = [await browser.enter(session="made:up") for _ in range(FLOOD)]

    assert sum(is_refused(answer) for answer in answers) >= FLOOD - 2 * 5


async def test_the_owner_of_a_key_is_not_limited_like_a_browser(server, workspace, no_engine, settings):
    for limits in (rate_limits.PER_ADDRESS, {"handoff": rate_limits.PER_VISITOR["handoff"]}):
        for name, _ in (each for kind in limits.values() for each in kind):
            setattr(settings, name, 1)
    settings.NEW_CONVERSATIONS_PER_VISITOR_HOUR = settings.REQUESTS_PER_VISITOR_MINUTE = 1
    settings.REQUESTS_PER_IP_MINUTE = 1
    _, secret = await sync_to_async(ApiKey.issue)(workspace, "helpdesk", list(ApiKey.SCOPES))

    async with httpx.AsyncClient(
        base_url=f"http://{server}/api/v1", headers={"Authorization": f"Bearer {secret}"}
    ) as api:
        opened = [(await api.post("/conversations/", json={})).json()["id"] for _ in range(3)]
        answers = [await api.post(f"/conversations/{each}/messages/", json={"text": "Hello"}) for each in opened]
        answers += [await api.post(f"/conversations/{opened[0]}/handoff/", json={}) for _ in range(3)]

    assert {answer.status_code for answer in answers} <= {200, 201}


async def test_a_limit_of_zero_is_none(chat, no_engine, settings):
    settings.MESSAGES_PER_IP_MINUTE = settings.FRAMES_PER_IP_10_S = settings.FRAMES_PER_VISITOR_10_S = 0

    async with chat() as ana:
        await ana.say("Hello, are you there?")
        await ana.send(type="ping")
        await ana.next("pong")


async def test_two_hundred_people_of_one_office_may_all_come_and_ask_within_a_few_minutes(settings):
    office, people = "198.51.100.7", [uuid.uuid4() for _ in range(200)]

    for _ in people[:100]:  # a hundred of them in the same minute
        rate_limits.hit("session", ip=office)
        rate_limits.hit("first_message", ip=office)
    for person in people:
        for kind in ("message", "conversation", "rating", "message"):
            rate_limits.hit(kind, person, office)
        for _ in range(5):
            rate_limits.frames.count(person, office)
