"""What the cache answers is stored with its question, in one transaction (finding B5)."""

import uuid
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistant.webhooks.models import Delivery, Endpoint
from assistant.workspaces.models import Workspace
from caching.models import CachedAnswer
from conversations.api.openai import history
from conversations.api.openai.history import HistoryTurn
from conversations.events import relay
from conversations.events import stream as event_stream
from conversations.events.stream import EpochGone
from conversations.identity.permissions import Caller
from conversations.models import Contact, Conversation, ConversationEvent, Message
from conversations.replies import submit
from tests.rest.conftest import key_of
from tests.slow_writes.interleaving import Beside, held_at, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "How many days do I have to send something back?"
ANSWER = "You may send back anything within 30 days of delivery. [1]"


@pytest.fixture
def _beside() -> Iterator[None]:
    Beside.begun.clear()
    yield
    Beside.begun.clear()


@pytest.fixture
async def kept(chat: Any, engine: Any, returns_article: Any) -> CachedAnswer:
    """An answer that somebody was given, and that the cache holds."""
    engine.script = [ANSWER]
    async with chat() as ana:
        await ana.ask(QUESTION)
    return await CachedAnswer.objects.aget()


def asked_anew(workspace: Workspace) -> Any:
    """As /v1/chat/completions takes in a question that nothing was said before."""
    conversation = history.claim_conversation(Caller(workspace), [HistoryTurn("customer", QUESTION)], "")
    return submit.admit(conversation, QUESTION)


async def test_a_cached_answer_is_stored_with_its_question_in_one_transaction(kept, workspace):
    """B5: six statements and one commit, where there were nine and three."""
    asked: list[str] = []

    def noted(execute: Any, sql: str, *args: Any) -> Any:
        asked.append(sql)
        return execute(sql, *args)

    await sync_to_async(asked_anew)(workspace)  # some things are looked up once in a while
    asked.clear()

    def counted() -> tuple[Any, list[str | None]]:
        with CaptureQueriesContext(connection) as queries, connection.execute_wrapper(noted):
            accepted = asked_anew(workspace)
        return accepted, [query["sql"] for query in queries.captured_queries]

    accepted, logged = await sync_to_async(counted)()
    reply = await Message.objects.aget(pk=accepted.reply.pk)

    assert (reply.text, reply.status, reply.seq, reply.attempt) == (ANSWER, "done", 2, 1)
    assert reply.finished_at is not None
    assert reply.in_reply_to_id == accepted.message.pk
    assert (reply.receipt["source"], reply.receipt["cache_entry"]) == ("exact_cache", str(kept.pk))
    assert reply.citations == kept.citations
    assert logged.count("COMMIT") == 1
    assert not any('UPDATE "conversations_message"' in sql for sql in asked)
    assert len(asked) <= 6, "\n".join(sql[:70] for sql in asked)
    assert (await CachedAnswer.objects.aget()).hits == 2


async def test_the_rows_of_its_events_are_written_with_it_in_no_more_statements(kept, workspace):
    """In a conversation that was there before, so that somebody may follow it."""
    asked: list[str] = []

    def noted(execute: Any, sql: str, *args: Any) -> Any:
        asked.append(sql)
        return execute(sql, *args)

    def admitted(conversation: Conversation) -> Any:
        with connection.execute_wrapper(noted):
            return submit.admit(conversation, QUESTION)

    known = [await known_conversation(workspace) for _ in range(2)]
    await submit.submit(known[0], QUESTION)  # some things are looked up once in a while
    await relay.settled()
    accepted = await sync_to_async(admitted)(known[1])
    kinds = [kind async for kind in ConversationEvent.objects.order_by("created_at").values_list("kind", flat=True)]
    await submit.announce(known[1], accepted)
    await relay.settled()

    assert len(asked) <= 6, "\n".join(sql[:70] for sql in asked)
    assert kinds == ["message.created", "reply.completed"]
    assert not await ConversationEvent.objects.aexists()


async def known_conversation(workspace: Workspace) -> Conversation:
    contact = await Contact.objects.acreate(workspace=workspace)
    return await Conversation.objects.acreate(workspace=workspace, contact=contact)


@pytest.mark.usefixtures("_beside")
async def test_an_answer_that_is_dropped_while_it_is_stored_is_not_given(kept, workspace):
    def raced() -> Any:
        with held_at("conversations_message", "INSERT"):
            asking_beside = Beside(lambda: asked_anew(workspace))
            until_waiting("conversations_message")
            CachedAnswer.objects.update(state=CachedAnswer.State.STALE)
        return asking_beside.result()

    accepted = await sync_to_async(raced)()

    conversation = await Conversation.objects.aget(channel="openai")
    said = [message async for message in conversation.messages.order_by("seq")]
    assert [(message.seq, message.role, message.text) for message in said] == [
        (1, "customer", QUESTION),
        (2, "assistant", ""),
    ]
    assert accepted.claimed
    assert not accepted.reply.is_finished
    assert await Contact.objects.acount() == 2
    assert (await CachedAnswer.objects.aget()).hits == 0


async def test_the_events_of_a_cached_answer_are_numbered_without_a_gap(kept, chat):
    async with chat() as bea:
        await bea.ask(QUESTION)

    told = [(event["seq"], event["type"]) for event in bea.heard[1:]]
    assert told == [(1, "message.accepted"), (2, "reply.started"), (3, "reply.delta"), (4, "reply.completed")]
    assert bea.heard[-1]["text"] == bea.heard[-2]["text"] == ANSWER
    await relay.settled()
    assert not await ConversationEvent.objects.aexists()


async def test_a_cached_answer_that_a_killed_process_did_not_tell_comes_with_a_snapshot(kept, workspace, monkeypatch):
    monkeypatch.setattr(relay, "OVERDUE_AFTER_S", 0)
    conversation = await known_conversation(workspace)
    before = await event_stream.place(conversation.pk)

    accepted = await submit.aadmit(conversation, QUESTION)  # stored, and never announced
    await sync_to_async(relay.relay_overdue)()

    assert accepted.reply.is_finished
    with pytest.raises(EpochGone):
        await event_stream.read(conversation.pk, before)


async def test_a_message_sent_again_after_its_process_died_brings_the_cached_answer_with_it(kept, chat, workspace):
    ref = uuid.uuid4()
    async with chat() as bea:
        conversation = await Conversation.objects.select_related("workspace", "contact").aget(
            pk=bea.ready["conversation"]
        )
        await submit.aadmit(conversation, QUESTION, ref)  # by the process that dies
        await bea.say(QUESTION, ref)
        answer = await bea.next("reply.completed")

    assert answer["text"] == ANSWER
    assert await Message.objects.filter(role="assistant", conversation=conversation).acount() == 1


async def test_a_shop_s_programs_are_told_of_a_cached_answer_and_its_question(kept, workspace):
    await Endpoint.objects.acreate(workspace=workspace, url="https://hooks.test/")

    accepted = await sync_to_async(asked_anew)(workspace)

    told = {each.type: each.payload["data"] async for each in Delivery.objects.all()}
    assert told["message.created"]["message"]["id"] == str(accepted.message.pk)
    assert told["reply.completed"]["message"]["text"] == ANSWER
    assert len(told) == 2


async def test_a_streamed_completion_of_a_cached_answer_says_it_whole(kept, server, workspace):
    async with openai.AsyncOpenAI(base_url=f"http://{server}/v1", api_key=await key_of(workspace)) as client:
        asked = [{"role": "user", "content": QUESTION}]
        stream = await client.chat.completions.create(model="brevity", messages=asked, stream=True)
        chunks = [chunk async for chunk in stream]

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWER
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    "change",
    [{"cache_enabled": False}, {"guidance": {"tone": "Speak like a pirate."}}],
    ids=["the cache was turned off", "the prompt was changed"],
)
async def test_a_first_message_is_answered_as_the_workspace_is_now(chat, kept, workspace, engine, change):
    """A widget's page may have been open for hours."""
    engine.script = [ANSWER]
    async with chat() as ben:
        await Workspace.objects.filter(pk=workspace.pk).aupdate(**change)
        await ben.ask(QUESTION)

    reply = await Message.objects.filter(role=Message.Role.ASSISTANT).alatest("created_at")
    assert reply.receipt["source"] == "model"


async def test_a_first_message_is_answered_in_the_language_that_the_conversation_has_now(chat, kept, engine):
    engine.script = [ANSWER]
    async with chat() as ben:
        await Conversation.objects.aupdate(locale="de")
        await ben.ask(QUESTION)

    reply = await Message.objects.filter(role=Message.Role.ASSISTANT).alatest("created_at")
    assert reply.receipt["source"] == "model"
