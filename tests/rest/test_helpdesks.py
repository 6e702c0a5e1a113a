"""Chatwoot, Zammad, Zendesk and other tools: question, grounded answer, handoff to a person."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from standardwebhooks import Webhook

from assistant import celery_app
from conversations.helpdesk import inbound, outbound, tasks
from conversations.helpdesk.events import HelpdeskRefused, SignatureInvalid
from conversations.helpdesk.models import Connection, Delivery, Thread
from conversations.models import Conversation, Message
from tests.rest.sink import Sink

SCRIPT = ['{"text": "You have 30 days [1].", "action": null}']
QUESTION = "How many days do I have to send something back?"
ANSWER = "You have 30 days [1].\n\n[1] Returns https://shop.test/returns"


def hmac_of(secret: str, content: bytes, algorithm: Any = hashlib.sha256) -> hmac.HMAC:
    return hmac.new(secret.encode(), content, algorithm)


class Chatwoot:
    """Webhooks and API calls in the format of Chatwoot 4."""

    options = {"account_id": 1}
    said = ("POST", "/api/v1/accounts/1/conversations/10/messages")
    handed = ("POST", "/api/v1/accounts/1/conversations/10/toggle_status", {"status": "open"})

    def question(self, text: str, number: int = 118) -> dict[str, Any]:
        return self.message(text, number, "incoming", {"id": 14, "name": "Ana", "type": "contact", "email": None})

    def person(self, text: str) -> dict[str, Any]:
        return self.message(text, 200, "outgoing", {"id": 3, "name": "Rosa", "type": "user"}, status="open")

    def message(self, text: str, number: int, kind: str, sender: Any, status: str = "pending") -> dict[str, Any]:
        return {
            "event": "message_created",
            "id": number,
            "content": text,
            "message_type": kind,
            "private": False,
            "content_attributes": {},
            "sender": sender,
            "conversation": {"id": 10, "status": status, "messages": [{"message_type": 0}], "new_field": [1]},
            "account": {"id": 1, "name": "Acme"},
        }

    def resolved(self) -> dict[str, Any]:
        return {"event": "conversation_resolved", "id": 10, "status": "resolved"}

    def headers(self, connection: Connection, body: bytes, delivery: str) -> dict[str, str]:
        now = str(int(time.time()))
        signature = "sha256=" + hmac_of(connection.secret, f"{now}.".encode() + body).hexdigest()
        return {
            "X-Chatwoot-Timestamp": now,
            "X-Chatwoot-Signature": signature,
            "X-Chatwoot-Delivery": delivery,
        }

    def text_of(self, body: dict[str, Any]) -> str:
        assert (body["message_type"], body["private"]) == ("outgoing", False)
        return body["content"]


class Zammad:
    options = {"group": "Support"}
    said = ("POST", "/api/v1/ticket_articles")
    handed = ("PUT", "/api/v1/tickets/10", {"state": "open", "group": "Support"})

    def question(self, text: str, number: int = 118) -> dict[str, Any]:
        return self.article(f"<div>{text}<br></div>", number, "Customer")

    def person(self, text: str) -> dict[str, Any]:
        return self.article(f"<p>{text}</p>", 200, "Agent")

    def article(self, body: str, number: int, sender: str) -> dict[str, Any]:
        customer = {"id": 7, "email": "ana@example.com", "firstname": "Ana", "lastname": None}
        ticket = {"id": 10, "number": "31010", "title": "", "state": "new", "owner": {}, "customer": customer}
        article = {"id": number, "ticket_id": 10, "body": body, "content_type": "text/html", "type": "web"}
        return {"ticket": ticket, "article": {**article, "sender": sender, "internal": False, "attachments": []}}

    def resolved(self) -> dict[str, Any]:
        return {"ticket": {"id": 10, "state": "closed"}, "article": None}

    def headers(self, connection: Connection, body: bytes, delivery: str) -> dict[str, str]:
        signature = "sha1=" + hmac_of(connection.secret, body, hashlib.sha1).hexdigest()
        return {"X-Hub-Signature": signature, "X-Zammad-Delivery": delivery}

    def text_of(self, body: dict[str, Any]) -> str:
        assert (body["ticket_id"], body["internal"]) == (10, False)
        return body["body"]


class Zendesk:
    options = {"app_id": "56", "integration": "brevity"}
    said = ("POST", "/v2/apps/56/conversations/10/messages")
    handed = (
        "POST",
        "/v2/apps/56/conversations/10/passControl",
        {"switchboardIntegration": "zd:agentWorkspace", "metadata": {"first_message_id": "118"}},
    )

    def question(self, text: str, number: int = 118) -> dict[str, Any]:
        return self.event(text, number, {"type": "user", "userId": "u-1", "displayName": "Ana"}, "web")

    def person(self, text: str) -> dict[str, Any]:
        return self.event(text, 200, {"type": "business", "displayName": "Rosa"}, "zd:agentWorkspace")

    def event(self, text: str, number: int, author: Any, source: str) -> dict[str, Any]:
        active = {"id": "62", "name": "brevity", "integrationType": "custom"}
        message = {"id": str(number), "author": author, "content": {"type": "text", "text": text}}
        payload = {
            "conversation": {"id": "10", "type": "personal", "activeSwitchboardIntegration": active},
            "message": {**message, "source": {"type": source}},
        }
        event = {"id": f"e-{number}", "type": "conversation:message", "payload": payload}
        return {"app": {"id": "56"}, "webhook": {"id": "5e", "version": "v2"}, "events": [event]}

    resolved = None

    def headers(self, connection: Connection, body: bytes, delivery: str) -> dict[str, str]:
        return {"X-API-Key": connection.secret}

    def text_of(self, body: dict[str, Any]) -> str:
        assert body["author"] == {"type": "business"}
        return body["content"]["text"]


class Generic:
    options: dict[str, Any] = {}
    said = ("POST", "/hook")
    handed = ("POST", "/hook", None)

    def question(self, text: str, number: int = 118) -> dict[str, Any]:
        return self.message(text, number, "customer")

    def person(self, text: str) -> dict[str, Any]:
        return self.message(text, 200, "person")

    def message(self, text: str, number: int, author: str) -> dict[str, Any]:
        message = {"id": f"m-{number}", "text": text, "author": author}
        return {"type": "message.created", "data": {"conversation": "10", "message": message}}

    def resolved(self) -> dict[str, Any]:
        return {"type": "conversation.resolved", "data": {"conversation": "10"}}

    def headers(self, connection: Connection, body: bytes, delivery: str) -> dict[str, str]:
        now = datetime.now(UTC)
        signature = Webhook(connection.secret).sign(delivery, now, body.decode())
        return {
            "webhook-id": delivery,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }

    def text_of(self, body: dict[str, Any]) -> str:
        return body["data"]["text"]


FAKES = {"chatwoot": Chatwoot(), "zammad": Zammad(), "zendesk": Zendesk(), "generic": Generic()}


class Desk:
    """A connected helpdesk that sends webhooks, with a worker to process them, and records the calls it receives."""

    def __init__(self, api: Any, kind: str, connection: Connection, sink: Sink) -> None:
        self.api, self.kind, self.fake, self.connection, self.sink = api, kind, FAKES[kind], connection, sink

    async def sends(self, payload: Any, delivery: str = "", **headers: str) -> Any:
        body = json.dumps(payload).encode()
        signed = self.fake.headers(self.connection, body, delivery or uuid.uuid4().hex)
        return await self.api.post(
            f"/helpdesk/{self.kind}/{self.connection.pk}/",
            content=body,
            headers={"Content-Type": "application/json", "Authorization": "", **signed, **headers},
        )

    async def work(self) -> None:
        async for delivery in Delivery.objects.filter(status="pending"):
            await database_sync_to_async(inbound.process_delivery)(delivery.pk)

    async def hears(self, payload: Any, **options: Any) -> Any:
        answer = await self.sends(payload, **options)
        await self.work()
        return answer

    def told(self) -> list[str]:
        """Return the texts that were posted to it."""
        method, path = self.fake.said
        calls = [call for call in self.sink.calls if (call["method"], call["path"]) == (method, path)]
        bodies = [json.loads(call["body"]) for call in calls]
        return [self.fake.text_of(body) for body in bodies if body.get("type") != "handoff.requested"]

    def was_handed_over(self) -> bool:
        method, path, wanted = self.fake.handed
        calls = [call for call in self.sink.calls if (call["method"], call["path"]) == (method, path)]
        bodies = [json.loads(call["body"]) for call in calls]
        return any(body == wanted if wanted else body["type"] == "handoff.requested" for body in bodies)


@pytest.fixture(params=list(FAKES))
def kind(request: Any) -> str:
    return request.param


@pytest.fixture
def sink() -> Iterator[Sink]:
    opened = Sink()
    yield opened
    opened.close()


@pytest.fixture
async def desk(api, workspace, kind, sink, settings) -> Desk:
    celery_app.conf.task_always_eager = False  # the test is the worker
    settings.WEBHOOK_ALLOWED_PRIVATE = [sink.place]
    base = sink.url if kind == "generic" else f"http://{sink.place}"
    connection = await Connection.objects.acreate(
        workspace=workspace, kind=kind, name=kind, base_url=base, token="key:token", options=FAKES[kind].options
    )
    return Desk(api, kind, connection, sink)


async def test_a_customers_question_is_acknowledged_at_once_and_answered_with_its_source(desk, returns_article, engine):
    engine.script = SCRIPT

    acknowledged = await desk.sends(desk.fake.question(QUESTION))
    told_at_once = desk.told()
    await desk.work()

    assert acknowledged.json() == {"received": True, "is_new": True}
    assert (told_at_once, desk.told()) == ([], [ANSWER])


async def test_what_is_delivered_twice_is_answered_once(desk, returns_article, engine):
    engine.script = SCRIPT
    question = desk.fake.question(QUESTION)

    await desk.hears(question, delivery="d-1")
    again = await desk.hears(question, delivery="d-1")
    await desk.hears(question, delivery="d-2")

    assert again.json() == {"received": True, "is_new": False}
    assert desk.told() == [ANSWER]
    assert await Message.objects.acount() == 2


async def test_a_wrong_or_missing_signature_is_refused(desk):
    question = desk.fake.question(QUESTION)
    names = desk.fake.headers(desk.connection, b"", "d")
    forged = {name: "0" for name in names if "timestamp" not in name.lower() and "id" not in name.lower()}

    for headers in (forged, dict.fromkeys(names, "")):
        refused = await desk.sends(question, **headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "signature_invalid")
    other = await desk.api.post(f"/helpdesk/{desk.kind}/{uuid.uuid4()}/", json=question)

    assert other.status_code == 404
    assert not await Delivery.objects.aexists()


async def test_a_wish_for_a_person_is_handed_over_by_the_helpdesks_own_means(desk, no_engine):
    await desk.hears(desk.fake.question("I want to talk to a human"))

    assert (await Conversation.objects.aget()).status == "waiting"
    assert desk.was_handed_over()


async def test_once_a_person_has_answered_the_assistant_is_silent(desk, returns_article, engine):
    engine.script = SCRIPT
    await desk.hears(desk.fake.question(QUESTION))

    await desk.hears(desk.fake.person("Rosa here, I will look into it."))
    await desk.hears(desk.fake.question("Thank you, Rosa", number=300))

    assert desk.told() == [ANSWER]
    conversation = await Conversation.objects.aget()
    assert conversation.status == "human"
    assert [message.role async for message in Message.objects.order_by("seq")] == [
        "customer",
        "assistant",
        "person",
        "customer",
    ]


async def test_our_own_words_that_come_back_are_no_persons(desk, returns_article, engine):
    engine.script = SCRIPT
    await desk.hears(desk.fake.question(QUESTION))

    await desk.hears(desk.fake.person(desk.told()[0].replace("\n", "<br>" if desk.kind == "zammad" else "\n")))

    assert (await Conversation.objects.aget()).status == "bot"


async def test_a_helpdesk_that_fails_is_told_later_and_once(desk, returns_article, engine):
    engine.script = SCRIPT
    desk.sink.script = [500, 503, 200]

    await desk.hears(desk.fake.question(QUESTION))
    first = await Thread.objects.aget()
    assert first.told_seq == 1
    assert "500" in first.error
    for _ in range(3):
        await Thread.objects.aupdate(next_attempt_at=datetime.now(UTC))
        await database_sync_to_async(outbound.sync_outbound)()

    assert desk.told() == [ANSWER] * 3  # the third was taken
    assert (await Thread.objects.aget()).told_seq == 2
    assert await Message.objects.acount() == 2


async def test_what_a_person_says_on_our_side_reaches_the_helpdesk(desk, no_engine):
    await desk.hears(desk.fake.question("Hello"))
    conversation = await Conversation.objects.aget()

    await desk.api.post(f"/conversations/{conversation.pk}/reply/", json={"text": "Rosa here."})
    await database_sync_to_async(outbound.sync_outbound)()

    assert desk.told()[-1] == "Rosa here."


@pytest.mark.parametrize("kind", ["chatwoot", "zammad", "generic"])  # Sunshine Conversations tells of none
async def test_a_matter_resolved_there_is_resolved_here(desk, no_engine):
    await desk.hears(desk.fake.question("Hello"))
    calls = len(desk.sink.calls)

    await desk.hears(desk.fake.resolved())

    assert (await Conversation.objects.aget()).status == "resolved"
    assert len(desk.sink.calls) == calls


async def test_missing_and_extra_fields_break_nothing(desk):
    odd = [
        {},
        {"events": [{}, {"type": "conversation:message", "payload": {"conversation": {"id": 5}}}, 7]},
        {"event": "message_created", "conversation": None, "extra": [1]},
        {"ticket": {"id": 4, "customer": None}, "article": {"sender": "Customer", "body": None}},
        {"type": "message.created", "data": {"conversation": "9", "message": None}},
        {"type": "message.created", "data": 5},
    ]

    for payload in odd:
        answer = await desk.hears(payload)
        assert answer.status_code == 200
    assert not await Delivery.objects.filter(status="pending").aexists()


@pytest.mark.parametrize("kind", ["generic"])
async def test_what_comes_too_fast_from_a_helpdesk_is_answered_later(desk, returns_article, engine, settings):
    engine.script = SCRIPT * 2
    settings.MESSAGES_PER_10_S = 1

    await desk.hears(desk.fake.question(QUESTION, 118))
    await desk.hears(desk.fake.question("When does the refund reach me?", 119))
    waiting = await Delivery.objects.aget(status="pending")
    settings.MESSAGES_PER_10_S = 100
    await desk.work()
    too_soon = await Message.objects.filter(role="customer").acount()
    await Delivery.objects.filter(pk=waiting.pk).aupdate(leased_until=datetime.now(UTC))
    await desk.work()

    assert too_soon == 1
    assert timedelta() < waiting.leased_until - waiting.received_at < timedelta(seconds=15)
    assert len(desk.told()) == await Message.objects.filter(role="customer").acount() == 2
    assert not await Delivery.objects.exclude(status="done").aexists()


@pytest.mark.parametrize("kind", ["generic"])
async def test_a_delivery_that_ends_every_worker_is_given_up_in_the_end(desk, settings):
    settings.HELPDESK_MAX_ATTEMPTS = 2
    await desk.sends(desk.fake.question(QUESTION))
    now = datetime.now(UTC)
    await Delivery.objects.aupdate(attempts=2, leased_until=now + timedelta(seconds=60), received_at=now)

    await database_sync_to_async(tasks.catch_up)()
    still_held = await Delivery.objects.aget()
    await Delivery.objects.aupdate(leased_until=now)
    await database_sync_to_async(tasks.catch_up)()

    given_up = await Delivery.objects.aget()
    assert still_held.status == "pending"
    assert (given_up.status, given_up.error.split(":")[0]) == ("failed", "too_many_attempts")
    assert not await Message.objects.aexists()


async def test_a_connection_is_tried_before_it_is_needed(desk):
    check = database_sync_to_async(inbound.adapter_of(desk.connection).check)

    await check(desk.connection)
    desk.sink.script = [401]

    with pytest.raises(HelpdeskRefused):
        await check(desk.connection)


@pytest.mark.parametrize("age_s", [-310, 310])
async def test_a_chatwoot_webhook_too_old_or_too_new_is_refused(api, workspace, age_s):
    connection = await Connection.objects.acreate(
        workspace=workspace, kind="chatwoot", name="c", base_url="https://chat.test"
    )
    sent = str(int(time.time()) + age_s)
    signature = "sha256=" + hmac_of(connection.secret, f"{sent}.{{}}".encode()).hexdigest()
    headers = {"X-Chatwoot-Timestamp": sent, "X-Chatwoot-Signature": signature, "Content-Type": "application/json"}

    refused = await api.post(f"/helpdesk/chatwoot/{connection.pk}/", content=b"{}", headers=headers)

    assert refused.status_code == 401


def zendesk_headers(sent: str) -> dict[str, str]:
    signature = base64.b64encode(hmac_of("s3cret", f"{sent}{{}}".encode()).digest()).decode()
    return {"X-Zendesk-Webhook-Signature": signature, "X-Zendesk-Webhook-Signature-Timestamp": sent}


@pytest.mark.parametrize("off_s", [0, -290, 290])
@pytest.mark.parametrize("shape", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00"])
def test_zendesks_own_signature_is_verified(off_s, shape):
    sent = (datetime.now(UTC) + timedelta(seconds=off_s)).strftime(shape)
    connection = Connection(kind="zendesk", secret="s3cret")

    inbound.adapter_of(connection).verify(connection, zendesk_headers(sent), b"{}")


@pytest.mark.parametrize("sent", ["2020-03-25T05:09:27Z", "2099-01-01T00:00:00Z", "2026", "nan", "", "yesterdayT"])
def test_a_zendesk_signature_of_another_day_is_refused(sent):
    """Findings C4."""
    connection = Connection(kind="zendesk", secret="s3cret")

    with pytest.raises(SignatureInvalid):
        inbound.adapter_of(connection).verify(connection, zendesk_headers(sent), b"{}")


def test_how_far_the_time_of_a_signature_may_be_off_is_a_setting(settings):
    """Findings C4."""
    connection, sent = Connection(kind="zendesk", secret="s3cret"), datetime.now(UTC) - timedelta(seconds=90)
    headers = zendesk_headers(sent.strftime("%Y-%m-%dT%H:%M:%SZ"))
    inbound.adapter_of(connection).verify(connection, headers, b"{}")

    settings.HELPDESK_SIGNATURE_TOLERANCE_S = 60

    with pytest.raises(SignatureInvalid):
        inbound.adapter_of(connection).verify(connection, headers, b"{}")


@pytest.mark.parametrize("kind", ["chatwoot", "zammad", "zendesk"])
async def test_a_replay_under_another_delivery_id_is_known_by_what_is_signed(desk, no_engine):
    """Findings C4: the header with the delivery's id is not signed."""
    person = desk.fake.person("Rosa here, I will look into it.")
    await desk.hears(desk.fake.question("Hello"))
    await desk.hears(person, delivery="d-1")

    replayed = await desk.hears(person, delivery="d-2")

    assert replayed.json() == {"received": True, "is_new": False}
    assert await Message.objects.filter(role="person").acount() == 1


async def test_a_persons_message_that_comes_in_two_deliveries_is_one(desk, no_engine):
    person = desk.fake.person("Rosa here, I will look into it.")
    await desk.hears(desk.fake.question("Hello"))

    await desk.hears(person)
    await desk.hears({**person, "sent_again": True})

    assert await Message.objects.filter(role="person").acount() == 1
