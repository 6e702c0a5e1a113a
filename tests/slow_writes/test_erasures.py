"""An erasure stops running work for the person, and later writes store nothing of them (row C9)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError
from django.http import JsonResponse
from django.test import RequestFactory

from assistant.errors import DependencyDown
from assistant.redis.client import redis_client
from assistant.rest import idempotency
from assistant.rest.models import IdempotentRequest
from assistant.usage import metering
from assistant.usage.models import ModelCall
from assistant.webhooks import delivery as webhooks_delivery
from assistant.webhooks.models import Delivery, Endpoint
from caching import tasks as cache_tasks
from caching.models import ShadowCheck, Verdict
from conversations.events import stream
from conversations.helpdesk import inbound, outbound
from conversations.helpdesk.models import Connection, Thread
from conversations.helpdesk.models import Delivery as FromHelpdesk
from conversations.messaging import feedback, store
from conversations.messaging.question import Question, question_of
from conversations.models import Contact, Conversation, ConversationEvent, Message
from conversations.privacy import contacts
from conversations.replies import generation, runner
from conversations.replies.receipts import ReplyState
from knowledge.models import Gap
from tests.rest.kept import found
from tests.rest.rows import cached
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import Beside, held_at, session, transaction_beside, until, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
PHRASE = "my turquoise giraffe Balthasar"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ana(workspace: Any) -> Contact:
    return Contact.objects.create(workspace=workspace, name="Ana Quibbleworth", external_id="ana-77")


@pytest.fixture
def conversation(workspace: Any, ana: Contact) -> Conversation:
    return Conversation.objects.create(workspace=workspace, contact=ana)


def left_of(ana: Contact, media: Path, *more: str) -> list[str]:
    return found(("quibbleworth", "balthasar", "ana-77", str(ana.pk), *more), media)


def question(conversation: Conversation, text: str = PHRASE) -> Question:
    said = store.accept(conversation, text)
    return question_of(said.reply)


# --- replies ---


async def test_a_reply_that_is_being_written_ends_with_the_erasure(chat, engine, returns_article, tmp_path):
    """C9: the model is left in mid-sentence, the socket is closed, and only the cost of the call stays."""
    engine.script, engine.gate = [[f"You have, with {PHRASE}, ", "30 days [1]."]], asyncio.Event()

    async with chat(attributes={"pet": PHRASE}) as customer:
        await customer.say("How do I send something back?")
        await customer.next("reply.delta")
        ana, talk = await Contact.objects.aget(), customer.ready["conversation"]
        await sync_to_async(contacts.erase)(ana)
        closed = await customer.next("error")
        await runner.all_done()  # although the model has more to say
    await metering.settle()

    assert closed["code"] == "identity_invalid"
    assert engine.closed == 1
    assert await sync_to_async(left_of)(ana, tmp_path, talk) == []
    assert [call.conversation_id async for call in ModelCall.objects.filter(purpose="reply")] == [None]


async def test_nothing_is_published_in_an_erased_conversation(workspace, ana, conversation, tmp_path):
    """C9: a process that was about to publish when the erasure came."""
    row = await ConversationEvent.objects.acreate(conversation=conversation, kind="message.created")
    await sync_to_async(contacts.erase)(ana)

    place = await stream.apublish_all(conversation.pk, ("message.created", {"text": PHRASE}), rows=[row])
    await sync_to_async(stream.publish)(row, text=PHRASE)

    assert place is None
    assert await sync_to_async(left_of)(ana, tmp_path, str(conversation.pk)) == []


# --- open questions ---


def test_a_question_of_an_erased_customer_is_not_recorded(ana: Contact, conversation: Conversation, tmp_path: Path):
    """C9: the search for an answer took longer than the erasure."""
    asked = question(conversation)
    contacts.erase(ana)

    assert async_to_sync(generation.declined)(asked, ReplyState("r"), None)

    assert not Gap.objects.exists()
    assert left_of(ana, tmp_path) == []


def test_an_erasure_while_a_question_is_recorded_waits_and_takes_it_out(ana: Contact, conversation: Conversation):
    """C9."""
    asked = question(conversation)

    with held_at("knowledge_gap", "INSERT"):
        recording = Beside(lambda: async_to_sync(generation.declined)(asked, ReplyState("r"), None))
        until_waiting("knowledge_gap")
        erasing = Beside(lambda: contacts.erase(ana))
        until_waiting("conversations_conversation")
    recording.result()
    erasing.result()

    assert not Gap.objects.exists()


# --- what the cache notes ---


def test_a_check_that_comes_back_after_the_erasure_is_dropped(
    workspace: Any, ana: Contact, held_models: HeldServer, tmp_path: Path
):
    """C9: a model took its time to answer the person's question anew."""
    entry = cached(workspace)
    check = ShadowCheck.objects.create(entry=entry, asked=PHRASE, passages=[], visitor=str(ana.pk))
    held_models.told(answer=f"We open at nine, {PHRASE}.")
    held_models.hold()
    checking = Beside(lambda: cache_tasks.check_hit(check.pk))
    held_models.until_asked()
    contacts.erase(ana)
    held_models.release()
    checking.result()

    assert not Verdict.objects.exists()
    assert left_of(ana, tmp_path) == []


def test_a_complaint_of_an_erased_customer_is_not_held_against_an_answer(
    workspace: Any, ana: Contact, conversation: Conversation
):
    """C9: they were erased between the rating and what follows from it."""
    receipt = {"cache_entry": str(cached(workspace).pk)}
    answer = conversation.messages.create(seq=1, role=Message.Role.ASSISTANT, text="At nine.", receipt=receipt)
    answer = Message.objects.select_related("conversation__contact").get(pk=answer.pk)
    contacts.erase(ana)

    feedback.flag_cached_answer(answer)

    assert not Verdict.objects.exists()


# --- requests under an idempotency key ---


def test_an_answer_that_is_made_while_the_person_is_erased_is_not_stored(ana: Contact, tmp_path: Path):
    """C9: neither one whose address names nobody, nor one whose address does."""
    make, headers = RequestFactory(), {"Authorization": "Bearer x"}
    begun = make.post("/api/v1/conversations/", {}, headers=headers)
    named = make.post(f"/api/v1/contacts/{ana.pk}/", {}, headers=headers)
    claims = [idempotency.begin(begun, "quibbleworth-1"), idempotency.begin(named, "quibbleworth-2")]
    contacts.erase(ana)

    for claimed in claims:
        idempotency.finish(claimed, JsonResponse({"contact": {"id": str(ana.pk)}, "text": PHRASE}, status=201))

    assert not IdempotentRequest.objects.exists()
    assert left_of(ana, tmp_path) == []


def test_the_stored_answers_about_others_stay(ana: Contact, workspace: Any):
    bob = Contact.objects.create(workspace=workspace)
    begun = RequestFactory().post("/api/v1/conversations/", {}, headers={"Authorization": "Bearer x"})
    idempotency.finish(idempotency.begin(begun, "k"), JsonResponse({"contact": {"id": str(bob.pk)}}, status=201))

    contacts.erase(ana)

    assert IdempotentRequest.objects.filter(status=201, mentions=[bob.pk]).exists()


# --- webhooks ---


def test_an_event_that_is_being_delivered_leaves_nothing_behind(workspace, ana, conversation, sink, tmp_path):
    """C9: the shop's program answers after the erasure."""
    shop = sink("hang")
    endpoint = Endpoint.objects.create(workspace=workspace, url=shop.url, events=["message.created"])
    payload = {"type": "message.created", "data": {"conversation": str(conversation.pk), "text": PHRASE}}
    delivery = Delivery.objects.create(endpoint=endpoint, type="message.created", payload=payload)
    sending = Beside(lambda: webhooks_delivery.attempt(delivery))
    until(lambda: bool(shop.calls), "the event is under way")
    contacts.erase(ana)
    shop.closing.set()
    sending.result()

    assert left_of(ana, tmp_path, str(conversation.pk)) == []


def test_whom_an_erasure_names_is_forgotten_once_it_was_told(workspace, ana, conversation, sink, tmp_path):
    """C9: the shop's program learns whom to erase, and the event is not kept, nor sent again empty."""
    shop = sink(503, 200)
    endpoint = Endpoint.objects.create(workspace=workspace, url=shop.url, events=["contact.erased"])
    contacts.erase(ana)
    Delivery.objects.update(next_attempt_at=endpoint.created_at)
    webhooks_delivery.deliver_due()

    told = shop.bodies()[-1]
    assert (told["type"], told["data"]) == ("contact.erased", {"contact": str(ana.pk), "external_id": "ana-77"})
    assert Delivery.objects.get().status == "delivered"
    assert left_of(ana, tmp_path) == []
    assert webhooks_delivery.redeliver(endpoint, [Delivery.objects.get().pk]) == 0


# --- helpdesks ---


@pytest.fixture
def arriving(workspace: Any, ana: Contact) -> FromHelpdesk:
    """A webhook of a thread that has not begun yet, of somebody who is known."""
    connection = Connection.objects.create(
        workspace=workspace, kind="generic", name="desk", base_url="https://desk.test"
    )
    message = {"id": "m-1", "text": PHRASE, "author": "customer"}
    contact = {"external_id": ana.external_id, "name": ana.name, "email": "ana@quibbleworth.test"}
    payload = {"type": "message.created", "data": {"conversation": "t-1", "message": message, "contact": contact}}
    return FromHelpdesk.objects.create(connection=connection, delivery_id="d", payload=payload)


@pytest.mark.parametrize("first", ["the erasure", "the webhook"])
def test_a_webhook_of_a_helpdesk_that_is_acted_on_meanwhile_begins_nothing(
    ana: Contact, arriving: FromHelpdesk, no_engine: Any, tmp_path: Path, first: str
):
    """C9: whichever of the two is first in the line for the contact's row."""
    ana_again = Contact.objects.get()

    def act() -> Beside:
        acting = Beside(lambda: inbound.process_delivery(arriving.pk))
        until_waiting("conversations_contact", sessions=1 if first == "the webhook" else 2)
        return acting

    def erase() -> Beside:
        erasing = Beside(lambda: contacts.erase(ana_again))
        until_waiting("conversations_contact", sessions=1 if first == "the erasure" else 2)
        return erasing

    with transaction_beside("SELECT FROM conversations_contact WHERE id = %s FOR UPDATE", ana.pk):
        both = [erase(), act()] if first == "the erasure" else [act(), erase()]
    for each in both:
        each.result()

    assert not Thread.objects.exists()
    assert left_of(ana, tmp_path) == []


def test_a_helpdesk_that_is_being_told_something_is_told_no_more(workspace, ana, conversation, sink, tmp_path):
    """C9: the worker does not fail, and comes to the other threads."""
    desk = sink("hang")
    connection = Connection.objects.create(workspace=workspace, kind="generic", name="desk", base_url=desk.url)
    thread = Thread.objects.create(connection=connection, external_id=f"t {PHRASE}", conversation=conversation)
    store.say_as_person(conversation, f"Rosa here, about {PHRASE}")
    store.say_as_person(conversation, f"One more thing about {PHRASE}")
    telling_it = Beside(lambda: outbound.sync_thread(thread.pk))
    until(lambda: bool(desk.calls), "the helpdesk is told the first")
    contacts.erase(ana)
    desk.closing.set()
    telling_it.result()

    assert len(desk.calls) == 1
    assert left_of(ana, tmp_path, str(conversation.pk)) == []


def test_of_a_batch_only_what_concerns_the_person_is_taken_out(workspace: Any, ana: Contact, conversation: Any):
    """C9: others in the same webhook are answered."""
    zendesk = Connection.objects.create(workspace=workspace, kind="zendesk", name="z", base_url="https://z.test")
    Thread.objects.create(connection=zendesk, external_id="hers", conversation=conversation)
    payload = {"app": {"id": "56"}, "events": [said("hers", PHRASE), said("his", "When do you open?")]}
    delivery = FromHelpdesk.objects.create(connection=zendesk, delivery_id="d", payload=payload)

    contacts.erase(ana)

    delivery.refresh_from_db()
    assert delivery.payload == {"app": {"id": "56"}, "events": [said("his", "When do you open?")]}


def said(thread: str, text: str) -> dict[str, Any]:
    message = {
        "id": f"m-{thread}",
        "author": {"type": "user", "userId": thread},
        "content": {"type": "text", "text": text},
    }
    return {"id": "e", "type": "conversation:message", "payload": {"conversation": {"id": thread}, "message": message}}


# --- when it cannot be done ---


@contextmanager
def failing_at(table: str, event: str) -> Iterator[None]:
    """Whoever does this to a row of the table is refused by Postgres."""
    refuse = "BEGIN RAISE EXCEPTION 'refused'; END"
    with session() as gate:
        gate.execute(f"CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$")
        gate.execute(f"CREATE TRIGGER refused BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refused()")
        try:
            yield
        finally:
            gate.execute(f"DROP TRIGGER refused ON {table}")


def test_without_redis_nobody_is_half_erased(settings: Any, ana: Contact, conversation: Conversation):
    """C9: what Redis holds could not be erased, so the caller is asked to try again."""
    question(conversation)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_client.cache_clear()
    try:
        with pytest.raises(DependencyDown):
            contacts.erase(ana)
    finally:
        redis_client.cache_clear()

    assert Message.objects.filter(text=PHRASE).exists()


def test_an_erasure_that_fails_leaves_the_conversation_as_it_was(ana: Contact, conversation: Conversation):
    """C9: customers go on being told what happens in it."""
    with failing_at("conversations_contact", "DELETE"), pytest.raises(DatabaseError):
        contacts.erase(ana)

    assert Contact.objects.filter(pk=ana.pk).exists()
    assert async_to_sync(stream.apublish)(conversation.pk, "reply.delta", text="Still here") is not None
