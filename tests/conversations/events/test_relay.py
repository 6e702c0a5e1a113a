"""Every durable event has a row until Redis has it; the relay handles rows whose process did not publish them."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from assistant.redis.client import redis_client
from conversations import tasks
from conversations.events import append, relay, stream
from conversations.messaging import handoff, leases, store
from conversations.messaging.leases import Closing
from conversations.models import Conversation, ConversationEvent, Message
from conversations.privacy import contacts
from conversations.replies import runner, submit
from tests.slow_writes.interleaving import Beside, held_at, session, transaction_beside, until, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How do I send something back?"
relay_events = sync_to_async(tasks.relay_events)


@pytest.fixture(autouse=True)
def _overdue_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "OVERDUE_AFTER_S", 0)


@pytest.fixture
async def settled_conversation(chat: Any, engine: Any, returns_article: Any) -> Any:
    """Ana's conversation with an open socket, after all its events are published."""
    engine.script = ["You have 30 days [1]."]
    async with chat() as ana:
        await ana.ask(QUESTION)
        await relay.settled()
        yield ana, await Conversation.objects.select_related("workspace", "contact").aget()


def kinds() -> list[str]:
    return list(ConversationEvent.objects.order_by("created_at").values_list("kind", flat=True))


async def killed_after_its_commit(answer: str) -> None:
    """Simulate a process that is killed after storing its reply and before publishing it."""
    for running in runner._running.values():
        running.task.cancel()
    await runner.all_done()
    written = await Message.objects.aget(role="assistant")
    assert await leases.aclose(written, Closing(Message.Status.DONE, answer))


async def begins_again(ana: Any) -> dict[str, Any]:
    again = await ana.next("session.ready")
    assert again["epoch"] != ana.ready["epoch"]
    assert not await ConversationEvent.objects.aexists()
    return again


# --- rows ---


def test_what_is_true_of_a_conversation_has_a_row_with_it(workspace):
    contact = workspace.contacts.create()
    conversation = Conversation.objects.create(workspace=workspace, contact=contact)

    accepted = store.accept(conversation, QUESTION, writer="this process")
    leases.close(accepted.reply, Closing(Message.Status.DONE, "You have 30 days."))
    failing = store.accept(conversation, QUESTION, writer="this process").reply
    leases.close(leases.claim(failing.pk, "this process"), Closing(Message.Status.FAILED, ""))
    with transaction.atomic():
        handoff.request_handoff(conversation)

    assert kinds() == ["message.created", "reply.completed", "message.created", "reply.failed", "conversation.updated"]


def test_a_transaction_that_is_rolled_back_leaves_no_row_and_publishes_nothing(workspace):
    conversation = Conversation.objects.create(workspace=workspace, contact=workspace.contacts.create())

    with transaction.atomic():
        handoff.answer_as_person(conversation, "It is Rosa, I look into it.")
        transaction.set_rollback(True)

    assert kinds() == []
    assert not redis_client().exists(append.keys(conversation.pk)[0])


def test_a_conversation_that_is_stored_with_its_first_message_has_no_rows(workspace):
    """It has no followers yet, and later ones start from a snapshot."""
    new = Conversation(workspace=workspace, contact=workspace.contacts.create())

    assert store.accept(new, QUESTION).events == []
    assert kinds() == []


async def test_what_is_published_leaves_no_rows(settled_conversation):
    ana, conversation = settled_conversation
    assert await sync_to_async(kinds)() == []

    await sync_to_async(handoff.answer_as_person)(conversation, "It is Rosa, I look into it.")
    said = await ana.next("message.created")

    assert said["message"]["text"] == "It is Rosa, I look into it."
    assert await sync_to_async(kinds)() == []


# --- killed between commit and publication ---


async def test_an_answer_that_was_stored_and_not_published_comes_with_a_snapshot(chat, engine, returns_article):
    engine.script = [["You ", "have ", "30 ", "days ", "to ", "do ", "it ", "[1]."]]
    engine.delay_s = 0.3
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await killed_after_its_commit("You have 30 days to do it [1].")
        await relay_events()
        again = await begins_again(ana)

    assert [said["text"] for said in again["messages"]] == [QUESTION, "You have 30 days to do it [1]."]


async def test_a_message_that_was_stored_and_not_published_comes_with_a_snapshot(settled_conversation):
    ana, conversation = settled_conversation
    await submit.aadmit(conversation, "And where do I hand it in?")
    await relay_events()
    again = await begins_again(ana)

    assert "And where do I hand it in?" in [said["text"] for said in again["messages"]]


async def test_a_message_whose_process_died_and_that_is_sent_again_is_shown_once(chat, engine, returns_article):
    ref = uuid.uuid4()
    async with chat() as ana:
        conversation = await Conversation.objects.select_related("workspace", "contact").aget()
        await submit.aadmit(conversation, QUESTION, ref)
        accepted = await ana.say(QUESTION, ref)  # to a process that lives
        await relay_events()
        again = await begins_again(ana)

    assert [said["id"] for said in again["messages"] if said["role"] == "customer"] == [accepted["message_id"]]


async def test_a_reply_that_is_still_written_is_left_alone(chat, engine, returns_article):
    engine.script = [["You ", "have ", "30 ", "days ", "[1]."]]
    engine.delay_s = 0.3
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.delta")
        await relay.settled()
        await relay_events()
        await ana.next("reply.completed")
        await runner.all_done()
        await relay_events()
        now = await stream.place(ana.ready["conversation"])

    assert (now.epoch, now.seq) == (ana.ready["epoch"], ana.heard[-1]["seq"])


# --- Redis ---


@contextmanager
def nothing_is_taken(conversation: Conversation) -> Iterator[None]:
    """Redis rejects the events of this conversation; afterwards its stream is as before."""
    events = append.keys(conversation.pk)[0]
    redis_client().rename(events, "elsewhere")
    redis_client().set(events, "no stream")
    yield
    redis_client().rename("elsewhere", events)


async def test_what_redis_did_not_take_comes_with_a_snapshot_once_it_does(settled_conversation, monkeypatch):
    """The process that could not publish them retries by itself."""
    monkeypatch.setattr(relay, "RETRY_AFTER_S", 0.05)
    ana, conversation = settled_conversation
    with nothing_is_taken(conversation):
        await submit.submit(conversation, "And where do I hand it in?")
        await runner.all_done()
        assert await sync_to_async(kinds)() == ["message.created", "reply.completed"]
    again = await ana.next("session.ready")

    assert [said["role"] for said in again["messages"]] == ["customer", "assistant"] * 2


async def test_an_event_that_comes_late_is_not_published_behind_a_newer_one(settled_conversation):
    """The client's last event must show the current state."""
    ana, conversation = settled_conversation
    with nothing_is_taken(conversation):
        await sync_to_async(handoff.hand_off)(conversation)
    await sync_to_async(handoff.resolve)(conversation)
    assert (await ana.next("conversation.updated"))["status"] == "resolved"
    await relay_events()
    again = await begins_again(ana)

    assert (again["status"], again["reason"]) == ("resolved", "settled")
    assert [event["status"] for event in ana.heard if event["type"] == "conversation.updated"] == ["resolved"]


async def test_words_that_redis_did_not_take_are_sent_again_with_the_next(chat, engine, returns_article, settings):
    settings.REPLY_SAVE_INTERVAL_S = 0.1
    engine.script, engine.gate = [["You have ", "30 days [1]."]], asyncio.Event()
    async with chat() as ana:
        await ana.say(QUESTION)
        await ana.next("reply.started")
        conversation = await Conversation.objects.aget()
        writer = next(iter(runner._running.values())).writer
        with nothing_is_taken(conversation):
            await writer.publish(("reply.delta", {"text": "You "}))  # lost
        engine.gate.set()
        completed = await ana.next("reply.completed")

    told = [event["type"] for event in ana.heard if event["type"].startswith("reply.")]
    deltas = ana.heard[[event["type"] for event in ana.heard].index("reply.restarted") :]
    text = "".join(event["text"] for event in deltas if event["type"] == "reply.delta")
    assert told[0] == "reply.started"
    assert told.count("reply.restarted") == 1
    assert text.split() == completed["text"].split()


# --- at the same time ---


async def test_an_event_that_redis_has_and_whose_row_is_left_is_published_once(settled_conversation):
    """Its process was killed before it deleted the row."""
    ana, conversation = settled_conversation
    row = await ConversationEvent.objects.acreate(conversation=conversation, kind="conversation.updated")
    await stream.apublish_all(conversation.pk, (row.kind, handoff.as_updated(conversation)), rows=[row])
    await relay.settled()
    await row.asave(force_insert=True)
    await relay_events()
    await ana.next("conversation.updated")
    now = await stream.place(conversation.pk)

    assert await sync_to_async(kinds)() == []
    assert (now.epoch, now.seq) == (ana.ready["epoch"], ana.heard[-1]["seq"])


def test_of_two_relays_one_takes_a_row(workspace):
    conversation = Conversation.objects.create(workspace=workspace, contact=workspace.contacts.create())
    store.accept(conversation, QUESTION)

    with transaction_beside("SELECT FROM conversations_conversationevent FOR UPDATE"):
        relay.relay_overdue()  # does not wait for the other
        assert kinds() == ["message.created"]
    relay.relay_overdue()

    assert kinds() == []


async def test_relays_beside_all_that_is_said_lose_double_and_reorder_nothing(chat, engine, returns_article, settings):
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = settings.REPLIES_PER_VISITOR_HOUR = 1_000
    settings.MESSAGE_COALESCING_S = 0
    engine.script = [f"You have 30 days, they say for the {n}th time [1]." for n in range(15)]

    async def relay_all_the_time() -> None:
        while True:
            await relay_events()

    relaying = [asyncio.create_task(relay_all_the_time()) for _ in range(2)]
    async with chat() as ana:
        for n in range(15):
            await ana.send(type="message.send", client_ref=str(uuid.uuid4()), text=f"How do I send thing {n} back?")
            await asyncio.to_thread(until, lambda n=n: finished_replies() > n, "it is answered")
        for task in relaying:
            task.cancel()
        await runner.all_done()
        await ana.send(type="ping")
        await ana.next("pong")

    assert shown(ana.heard) == [str(pk) async for pk in Message.objects.order_by("seq").values_list("pk", flat=True)]


def finished_replies() -> int:
    with session() as looking:
        found = looking.execute(
            "SELECT count(*) FROM conversations_message WHERE role = 'assistant' AND status = 'done'"
        )
        return int(found.fetchone()[0])


def shown(heard: list[dict[str, Any]]) -> list[str]:
    """Return the messages that the client shows at the end, and check that its events are numbered without gaps."""
    shown, seq = [], 0
    for event in heard:
        if event["type"] == "session.ready":
            shown, seq = [said["id"] for said in event["messages"] if said["status"] == "done"], event["seq"]
            continue
        seq += "seq" in event
        assert event.get("seq", seq) == seq
        if event["type"] in ("message.accepted", "reply.completed") and event["message_id"] not in shown:
            shown.append(event["message_id"])
    return shown


# --- erased ---


async def test_nothing_of_an_erased_conversation_is_relayed(settled_conversation):
    ana, conversation = settled_conversation
    await submit.aadmit(conversation, "My name is Ana.")
    await sync_to_async(contacts.erase)(conversation.contact)
    await relay_events()
    closed = await ana.next("error")

    assert closed["code"] == "identity_invalid"
    assert await sync_to_async(kinds)() == []
    assert not redis_client().exists(*append.keys(conversation.pk))


def test_an_erasure_waits_for_a_reply_that_ends_at_the_conversation(workspace):
    """Both lock the conversation first, so they cannot deadlock."""
    contact = workspace.contacts.create()
    conversation = Conversation.objects.create(workspace=workspace, contact=contact)
    reply = store.accept(conversation, QUESTION, writer="this process").reply

    with held_at("conversations_conversationevent", "INSERT"):
        ending = Beside(lambda: leases.close(reply, Closing(Message.Status.DONE, "You have 30 days.")))
        until_waiting("conversations_conversationevent")
        erasing = Beside(lambda: contacts.erase(contact))
        until_waiting("conversations_conversation", sessions=2)
    assert ending.result()
    erasing.result()

    assert kinds() == []
