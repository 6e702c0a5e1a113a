"""A person who was erased is found nowhere any more (findings C9): whatever door they came by, whatever was made of it.

One customer leaves words behind that nobody else uses, by every door. After the erasure every row of every table, every
key and value in Redis and every file is searched for them.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from assistant import celery_app
from assistant.usage import metering
from assistant.usage.models import ModelCall
from assistant.webhooks import delivery
from assistant.webhooks.models import Endpoint
from caching.models import CachedAnswer, ShadowCheck, Verdict, Wording
from conversations import tasks
from conversations.helpdesk import inbound
from conversations.helpdesk.models import Connection, Thread
from conversations.helpdesk.models import Delivery as FromHelpdesk
from conversations.models import Contact, Conversation, Message
from conversations.replies import runner
from knowledge.gaps import drafting, gaps
from knowledge.models import Gap
from tests.conversations.identity.test_signed_identity import dated
from tests.rest.conftest import client_of
from tests.rest.kept import found
from tests.rest.rows import cached
from tests.rest.sink import Sink
from tests.rest.test_helpdesks import FAKES, Desk

NAME, EMAIL, PHONE = "Zarquonia Quibbleworth", "zarquonia@quibble.example", "+45 70 99 31 77"
EXTERNAL, ORDER, PIN = "shop-customer-zq-5521", "ZQX-8841-7730", "904417"
UNHEARD_OF = "Do you sell velociraptor-proof umbrella stands?"
PHRASE, ATTRIBUTE, COMMENT = "my turquoise giraffe Balthasar", "plan-of-zarquonia", "worse than at Fnordwick's"
FILE_NAME, FILE_CONTENT = "quibbleworth-invoice.txt", b"The invoice over 77 313.13 florins, of Quibbleworth."
KEY, CLIENT_REF, IP, BROWSER = "key-of-quibbleworth", str(uuid.uuid4()), "203.0.113.77", "QuibbleBrowser/77.1"
CANARIES = (
    *("quibble", "zarquonia", PHONE, EXTERNAL, ORDER, PIN, "velociraptor", "balthasar", "fnordwick", "313.13"),
    *(KEY, CLIENT_REF, IP, BROWSER),
)
NOT_KEPT = {KEY.casefold(), IP, BROWSER.casefold()}  # by anybody, at any time
SHARED = "How many days do I have to send something back?"
ANSWER = json.dumps({"text": "You have 30 days [1].", "action": None})
ECHO = json.dumps({"text": f"Dear {NAME}, about {ORDER} and {PHONE}: you have 30 days [1].", "action": None})


@pytest.fixture(autouse=True)
def _small(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = 100
    settings.RECENT_MESSAGES = 2  # what is older is folded into summaries soon


@pytest.fixture
def shop_program(settings: Any, workspace: Any, transactional_db: None) -> Iterator[Sink]:
    """Receives every event, and is the helpdesk as well."""
    opened = Sink()
    settings.WEBHOOK_ALLOWED_PRIVATE = [opened.place]
    Endpoint.objects.create(workspace=workspace, url=opened.url)
    yield opened
    opened.close()


Leave = Callable[[], Awaitable[None]]


class Quibbleworth:
    """The customer, who uses every API."""

    def __init__(self, server: str, api: httpx.AsyncClient, chat: Any, workspace: Any, engine: Any, sink: Sink) -> None:
        self.server, self.api, self.chat, self.workspace = server, api, chat, workspace
        self.engine, self.sink = engine, sink
        self.open = AsyncExitStack()

    async def by_socket(self) -> None:
        """Signed by the shop, with a file, a rating, a request for a person, and enough messages for a summary."""
        hello = {"identity": dated(EXTERNAL, name=NAME, email=EMAIL), "attributes": {"plan": ATTRIBUTE}}
        ana = await self.open.enter_async_context(self.chat(**hello))
        conversation = ana.ready["conversation"]
        self.engine.script = [ANSWER, ECHO]
        await ana.ask(SHARED)
        async with client_of(self.server, ana.ready["session"]) as browser:
            browser.headers.update({"User-Agent": BROWSER, "X-Forwarded-For": IP})
            sent = {"files": {"file": (FILE_NAME, FILE_CONTENT)}, "data": {"conversation": conversation}}
            kept = (await browser.post("/attachments/", **sent)).json()
            await browser.post("/attachments/", **sent)  # which is not sent with a message
        with_file = {"client_ref": CLIENT_REF, "text": f"For {PHRASE}, order {ORDER}", "attachments": [kept["id"]]}
        await ana.send(type="message.send", **with_file)
        completed = await ana.next("reply.completed")
        for text in (f"My PIN is {PIN}, can I return order {ORDER}?", f"Call {PHONE} when {PHRASE} can go back"):
            completed = await ana.ask(text)
        await ana.ask(UNHEARD_OF)
        rated = {"message_id": completed["message_id"], "rating": "dislike", "comment": COMMENT}
        await ana.send(type="message.rate", **rated)
        await ana.send(type="conversation.handoff")
        await ana.next("conversation.updated")
        await self.api.post(f"/conversations/{conversation}/reply/", json={"text": f"Rosa here, dear {NAME}."})
        await ana.say(f"Thank you, says {PHRASE}")

    async def by_rest(self) -> None:
        """Named by the owner of an API key, with idempotency keys; one of the requests fails."""
        key, headers = {"Idempotency-Key": KEY}, {"User-Agent": BROWSER, "X-Forwarded-For": IP}
        contact = {"external_id": EXTERNAL, "name": NAME, "email": EMAIL}
        begun = await self.api.post(
            "/conversations/", json={"contact": contact, "external_id": ORDER}, headers=key | headers
        )
        address = f"/conversations/{begun.json()['id']}/messages/"
        said = await self.api.post(address, json={"text": f"{PHRASE}?"}, headers={"Idempotency-Key": f"{KEY}-2"})
        assert said.status_code == 201
        async with self.api.stream("POST", address, json={"text": f"Return {ORDER}", "stream": True}) as stream:
            assert "reply.completed" in (await stream.aread()).decode()

    async def by_session(self) -> None:
        """At the widget, without a WebSocket."""
        headers = {"Origin": "http://shop.test:8000", "Authorization": "Bearer x", "Idempotency-Key": f"{KEY}-3"}
        begun = {"widget": "wk_acme", "identity": dated(EXTERNAL, name=NAME)}
        answer = await self.api.post("/widget/sessions/", json=begun, headers=headers)
        assert answer.status_code == 201, answer.text

    async def by_openai(self) -> None:
        before = [{"role": "user", "content": f"I am {NAME}, {PHRASE}"}, {"role": "assistant", "content": "Hello!"}]
        asked = {"messages": [*before * 3, {"role": "user", "content": f"Return {ORDER}?"}], "user": EXTERNAL}
        key = {"Idempotency-Key": f"{KEY}-4"}
        address = f"http://{self.server}/v1/chat/completions"
        assert (await self.api.post(address, json=asked, headers=key)).status_code == 200
        assert (await self.api.post(address, json=asked | {"stream": True})).status_code == 200

    async def by_helpdesks(self) -> None:
        """One thread in each kind of helpdesk; the last has a pending and a failed delivery."""
        for kind, fake in FAKES.items():
            base = self.sink.url if kind == "generic" else f"http://{self.sink.place}"
            connection = await Connection.objects.acreate(
                workspace=self.workspace, kind=kind, name=kind, base_url=base, token="a:b", options=fake.options
            )
            desk = Desk(self.api, kind, connection, self.sink)
            question = fake.question(f"About {ORDER}, says {PHRASE}")
            text = json.dumps(question).replace("Ana", NAME).replace("ana@example.com", EMAIL)
            await desk.hears(json.loads(text))
            assert await Thread.objects.filter(connection=connection).aexists(), kind
        contact = {"external_id": EXTERNAL, "name": NAME, "email": EMAIL}
        other = {"type": "message.created", "data": {"conversation": "11", "contact": contact}}
        other["data"]["message"] = {"id": "m-2", "text": PHRASE, "author": "customer"}
        await desk.sends(other, delivery="waits")
        await desk.sends(fake.question(f"{PHRASE} again", number=119), delivery="failed")
        await FromHelpdesk.objects.filter(delivery_id="failed").aupdate(status="failed", error=PHRASE)

    async def in_background(self) -> None:
        """What the cache and the admin stored, and what staff started to create from it."""
        contact = await Contact.objects.filter(external_id=EXTERNAL, verified=True).aget()
        mine = await sync_to_async(cached)(self.workspace, f"Is {PHRASE} welcome?", contributors=[str(contact.pk)])
        entry = await CachedAnswer.objects.exclude(pk=mine.pk).afirst()
        noted = {"entry": entry, "asked": f"May {PHRASE} come back?", "visitor": str(contact.pk)}
        await ShadowCheck.objects.acreate(**noted, passages=[])
        await Verdict.objects.acreate(**noted, source="near_miss", opinion="undecided")
        await Verdict.objects.acreate(**noted, source="shadow", opinion="right", fresh_answer=PHRASE)
        await Verdict.objects.acreate(**noted | {"asked": PHRASE}, source="near_miss", opinion="right")
        await Wording.objects.acreate(entry=entry, text=PHRASE, key="alias", is_alias=True, origin="staff")
        await sync_to_async(self._as_staff)(contact)

    def _as_staff(self, contact: Contact) -> None:
        rosa = User.objects.create(username="rosa")
        gap = Gap.objects.get(question=UNHEARD_OF)
        for row in (contact, contact.conversations.get(), gap):
            logged = {"content_type": ContentType.objects.get_for_model(row), "object_id": str(row.pk)}
            LogEntry.objects.create(user=rosa, action_flag=CHANGE, object_repr=str(row)[:200], **logged)
        drafting.draft_from(gap, rosa)
        gaps.record(self.workspace, UNHEARD_OF, None, contact.conversations.get().pk)


@pytest.fixture
async def ana(server, api, chat, workspace, engine, returns_article, shop_program) -> Any:
    customer = Quibbleworth(server, api, chat, workspace, engine, shop_program)
    async with customer.open:
        yield customer


async def everywhere(ana: Quibbleworth) -> None:
    await ana.by_socket()
    await ana.by_rest()
    await ana.by_session()
    await ana.by_openai()
    celery_app.conf.task_always_eager = False  # the test is the worker; what is queued now stays in its queue
    await ana.by_helpdesks()
    await ana.in_background()


async def worked_off() -> None:
    """Do the work of the workers and of beat."""
    await runner.all_done()
    await metering.settle()
    for pk in [pk async for pk in FromHelpdesk.objects.filter(status="pending").values_list("pk", flat=True)]:
        await sync_to_async(inbound.process_delivery)(pk)
    await sync_to_async(tasks.relay_events)()
    await sync_to_async(delivery.deliver_due)()


async def test_nothing_is_found_of_a_person_who_was_erased(ana, chat, api, workspace, tmp_path):
    """C9: whatever API they used, and in everything derived from their messages."""
    async with chat() as bob:
        ana.engine.script = [ANSWER]
        await bob.ask(SHARED)
        await bob.ask("And what if I lost the box?")
        bobs = await Conversation.objects.aget()
        await everywhere(ana)
        before = await sync_to_async(found)(CANARIES, tmp_path)
        ids = [str(pk) async for pk in Contact.objects.exclude(pk=bobs.contact_id).values_list("pk", flat=True)]
        talks = [str(pk) async for pk in Conversation.objects.exclude(pk=bobs.pk).values_list("pk", flat=True)]
        files = [pk.hex for pk in map(uuid.UUID, (*ids, *talks))]

        for contact in ids:
            assert (await api.delete(f"/contacts/{contact}/")).status_code == 204
        await worked_off()

        assert await sync_to_async(found)((*CANARIES, *ids, *talks, *files), tmp_path) == []
        assert (await bob.ask("Where do I print the label?"))["text"]
    assert {place.rpartition(": ")[2] for place in before} >= {word.casefold() for word in CANARIES} - NOT_KEPT
    places = {place.partition(":")[0].partition("'")[0] for place in before}
    assert {
        *("conversations_contact", "conversations_conversation", "conversations_message", "conversations_attachment"),
        *("conversations_conversationsummary", "knowledge_gap", "knowledge_revision", "rest_idempotentrequest"),
        *("webhooks_delivery", "helpdesk_delivery", "caching_verdict", "caching_shadowcheck", "caching_wording"),
        *("caching_cachedanswer", "django_admin_log", "redis b"),
    } <= places, places
    assert [entry.question async for entry in CachedAnswer.objects.all()] == [SHARED]
    assert await Message.objects.filter(conversation=bobs).acount() >= 4
    assert await ModelCall.objects.filter(conversation_id=bobs.pk).aexists()
