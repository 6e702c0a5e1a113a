"""Redis or Postgres goes away, or hangs, and comes back: nothing acknowledged is lost, nothing is answered twice."""

import asyncio
import contextlib
import uuid
from time import monotonic
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from assistant import celery_app
from assistant.webhooks.models import Endpoint
from assistant.wire import wire
from conversations.models import Message
from tests.conftest import Customer
from tests.faults.customers import QUESTION, begin, crowd, socket_to, tell_upstream
from tests.faults.gate import gate_to
from tests.faults.things import THINGS, question_about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
AWAY_S = 8  # psycopg's pool tries again after 1, 3, 7 and 15 s, if it is let


@contextlib.asynccontextmanager
async def shop_behind_gates(processes, *, worker=False):
    """A web process, and a worker where one is needed, that reach Redis and Postgres through gates of their own."""
    environment = processes.environment
    addresses = {name: environment[name] for name in ("REDIS_URL", "DATABASE_URL")}
    async with contextlib.AsyncExitStack() as gates:
        opened = {}
        for name, url in addresses.items():
            opened[name] = await gates.enter_async_context(gate_to(url))
            environment[name] = opened[name].url
        await asyncio.to_thread(processes.web)
        if worker:
            processes.worker()
        yield opened["REDIS_URL"], opened["DATABASE_URL"]
        for process in processes.running:
            if process.poll() is None:
                await asyncio.to_thread(processes.kill, process)


async def answered(count: int, timeout_s: float = 60) -> list[Message]:
    async with asyncio.timeout(timeout_s):
        while True:
            replies = [reply async for reply in Message.objects.filter(role="assistant", status="done")]
            if len(replies) >= count:
                return replies
            await asyncio.sleep(0.2)


def browser_of(processes, customer: Customer) -> httpx.AsyncClient:
    session = {"Authorization": f"Bearer {customer.ready['session']}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{processes.environment['PORT']}", headers=session, timeout=60)


async def taken(customer: Customer, text: str, ref: str) -> str:
    """As a client that is told to try later does: again, until the message is accepted. Its id."""
    while True:
        await customer.send(type="message.send", client_ref=ref, text=text)
        while (event := await customer.next())["type"] not in ("message.accepted", "error"):
            pass
        if event["type"] == "message.accepted":
            return event["message_id"]
        await asyncio.sleep(0.5)


async def converse(customer: Customer, things: list[str]) -> tuple[set[str], dict[str, str]]:
    """Ask about each thing, a second apart, as a client that sends again what was not taken; hear all the answers.

    The ids of the messages that were acknowledged, and the text of each answer by its id.
    """
    unsent = {str(uuid.uuid4()): question_about(thing) for thing in things}
    accepted, answers = set(), {}
    sending = asyncio.create_task(send_all(customer, unsent))
    while len(answers) < len(things):
        event = await customer.next(timeout_s=90)
        if event["type"] == "message.accepted":
            unsent.pop(event["client_ref"], None)
            accepted.add(event["message_id"])
        answers |= answers_in(event)
    await sending
    return accepted, answers


async def send_all(customer: Customer, unsent: dict[str, str]) -> None:
    """Until all are taken, and so removed."""
    while unsent:
        for ref, text in list(unsent.items()):
            await customer.send(type="message.send", client_ref=ref, text=text)
            await asyncio.sleep(1)


def answers_in(event: dict[str, Any]) -> dict[str, str]:
    """The whole answers that an event, or a snapshot, tells of."""
    if event["type"] == "reply.completed":
        return {event["message_id"]: event["text"]}
    shown = [message for message in event.get("messages", []) if message["role"] == "assistant"]
    return {message["id"]: message["text"] for message in shown if message["status"] == "done"}


@pytest.mark.usefixtures("articles_about_things")
async def test_redis_goes_away_and_comes_back_empty_while_two_hundred_questions_are_answered(processes, widget):
    upstream = processes.environment["LARGE_MODEL_URL"]  # embeds too, which is quicker than to do it here
    processes.environment |= {"REPLY_BURST_S": "0", "EMBEDDING_URL": upstream, "EMBEDDING_MODEL": "fake"}
    processes.environment |= {"MESSAGES_PER_10_S": "100", "MESSAGES_PER_MINUTE": "100"}
    async with shop_behind_gates(processes, worker=True) as (redis_gate, _), crowd(processes, widget, 100) as customers:
        await tell_upstream(processes, tokens_per_s=1_000)
        asked = [[THINGS[n % len(THINGS)], THINGS[(n + 7) % len(THINGS)]] for n in range(len(customers))]
        talking = asyncio.gather(*map(converse, customers, asked))
        for forgets in (False, True):
            await asyncio.sleep(3)
            redis_gate.shut()
            await asyncio.sleep(3)
            if forgets:
                await sync_to_async(wire().flushdb)()
            redis_gate.open()
        heard = await talking

    kept = {str(pk) async for pk in Message.objects.filter(role="customer").values_list("pk", flat=True)}
    replies = [reply async for reply in Message.objects.filter(role="assistant")]
    assert len(kept) == len(replies) == len({reply.in_reply_to_id for reply in replies}) == 200
    assert {pk for accepted, _ in heard for pk in accepted} <= kept
    assert {reply.status for reply in replies} == {"done"}
    assert {pk: text for _, answers in heard for pk, text in answers.items()} == {
        str(reply.pk): reply.text for reply in replies
    }


async def test_redis_hangs_and_messages_are_taken_and_answered_all_the_same(processes, widget, returns_article):
    # What the shop's own programs are told is left to a worker, by way of Redis.
    await Endpoint.objects.acreate(workspace_id=widget.workspace_id, url="https://shop.test/told")
    processes.environment["REPLY_BURST_S"] = "0"
    async with shop_behind_gates(processes) as (redis_gate, _), socket_to(processes, widget) as ana:
        await tell_upstream(processes, tokens_per_s=100)
        conversations = "/api/v1/conversations/"
        messages = f"{conversations}{ana.ready['conversation']}/messages/"
        redis_gate.freeze()
        asked_at = monotonic()
        accepted = await ana.say(QUESTION)
        took_s = monotonic() - asked_at
        async with browser_of(processes, ana) as browser:
            read = await browser.get(conversations)
            posted = await browser.post(messages, json={"text": "And how do I get my money back?"})
        replies = await answered(2)  # while it still hangs
        redis_gate.open()
        shown = await ana.next("session.ready", timeout_s=60)

    assert took_s < 4
    assert read.status_code == 200
    assert posted.status_code == 201
    assert accepted["message_id"] in {message["id"] for message in shown["messages"]}
    assert {reply.text for reply in replies} == {
        message["text"] for message in shown["messages"] if message["role"] == "assistant"
    }


@pytest.mark.usefixtures("articles_about_things")
async def test_a_worker_whose_redis_hung_goes_on_with_its_work(processes, widget):
    await tell_upstream(processes, tokens_per_s=1)
    async with shop_behind_gates(processes, worker=True) as (redis_gate, _), socket_to(processes, widget) as ana:
        web = processes.running[0]
        await begin([ana], ["shoes"])
        while not await asyncio.to_thread(celery_app.control.ping, timeout=1):
            pass  # it starts
        redis_gate.freeze()
        await asyncio.sleep(5)  # until it has noticed
        await asyncio.to_thread(processes.kill, web)
        await tell_upstream(processes, tokens_per_s=100)
        redis_gate.open()
        replies = await answered(1)

    assert replies[0].attempt == 2


async def test_postgres_is_away_and_nothing_is_acknowledged_that_is_not_kept(processes, widget, returns_article):
    async with shop_behind_gates(processes) as (_, database_gate), socket_to(processes, widget) as ana:
        await tell_upstream(processes, tokens_per_s=100)
        accepted = [(await ana.say("Is anybody there?"))["message_id"]]
        await ana.next("reply.completed", timeout_s=60)
        database_gate.shut()
        shut_at = monotonic()
        lost = str(uuid.uuid4())
        await ana.send(type="message.send", client_ref=lost, text=QUESTION)
        refused = await ana.next("error", timeout_s=60)
        async with browser_of(processes, ana) as browser:
            ready = await browser.get("/readyz")
            history = await browser.get("/api/v1/conversations/")
            again = {"text": QUESTION, "client_ref": lost}
            posted = await browser.post(f"/api/v1/conversations/{ana.ready['conversation']}/messages/", json=again)
        await asyncio.sleep(max(0, shut_at + AWAY_S - monotonic()))
        database_gate.open()
        back_at = monotonic()
        # On the socket that was open all the time, of a process that was not started anew.
        accepted.append(await taken(ana, QUESTION, lost))
        took_s = monotonic() - back_at
        await ana.next("reply.completed", timeout_s=60)

    assert (refused["code"], refused["client_ref"], ready.status_code) == ("dependency_down", lost, 503)
    for answer in (history, posted):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "dependency_down")
    assert took_s < 5
    kept = [str(pk) async for pk in Message.objects.filter(role="customer").values_list("pk", flat=True)]
    assert sorted(accepted) == sorted(kept)
