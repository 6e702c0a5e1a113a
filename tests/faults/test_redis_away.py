"""Redis stops, hangs or loses its data: nothing acknowledged is lost, nothing is answered twice."""

import asyncio
import random
import uuid
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from assistant import celery_app
from assistant.webhooks.models import Endpoint
from conversations.models import Message
from tests.conftest import Customer
from tests.faults.customers import QUESTION, begin, browser_of, crowd, socket_to, tell_upstream, told
from tests.faults.gate import gate_to
from tests.faults.scale import ANSWER_S, REDIS_AWAY_S, REDIS_RESTART_S, TURNS
from tests.faults.servers import Server
from tests.faults.things import THINGS, question_about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


async def answered(count: int, timeout_s: float = 60) -> list[Message]:
    async with asyncio.timeout(timeout_s):
        while True:
            replies = [reply async for reply in Message.objects.filter(role="assistant", status="done")]
            if len(replies) >= count:
                return replies
            await asyncio.sleep(0.2)


async def converse(customer: Customer, things: list[str]) -> tuple[set[str], dict[str, str]]:
    """Ask about each thing, now and then, as a client that sends again what was not taken; hear all the answers.

    The ids of the messages that were acknowledged, and the text of each answer by its id.
    """
    unsent = {str(uuid.uuid4()): question_about(thing) for thing in things}
    accepted, answers = set(), {}
    sending = asyncio.create_task(send_all(customer, unsent))
    while unsent or len(answers) < len(things):
        event = await customer.next(timeout_s=120)
        if event["type"] == "message.accepted":
            unsent.pop(event["client_ref"], None)
            accepted.add(event["message_id"])
        answers |= answers_in(event)
    await sending
    return accepted, answers


async def send_all(customer: Customer, unsent: dict[str, str]) -> None:
    """Until all are taken, and so removed."""
    await asyncio.sleep(random.uniform(0, REDIS_RESTART_S))
    while unsent:
        for ref, text in list(unsent.items()):
            await customer.send(type="message.send", client_ref=ref, text=text)
            await asyncio.sleep(REDIS_RESTART_S if unsent.get(ref) else 0)


def answers_in(event: dict[str, Any]) -> dict[str, str]:
    """The whole answers that an event, or a snapshot, tells of."""
    if event["type"] == "reply.completed":
        return {event["message_id"]: event["text"]}
    shown = [message for message in event.get("messages", []) if message["role"] == "assistant"]
    return {message["id"]: message["text"] for message in shown if message["status"] == "done"}


@pytest.mark.usefixtures("articles_about_things")
async def test_redis_is_restarted_and_comes_back_empty_while_two_hundred_questions_are_answered(
    processes, widget, own_valkey
):
    upstream = processes.environment["LARGE_MODEL_URL"]  # embeds too, which is quicker than to do it here
    processes.environment |= {"MESSAGE_COALESCING_S": "0", "EMBEDDING_URL": upstream, "EMBEDDING_MODEL": "fake"}
    processes.environment |= {"MESSAGES_PER_10_S": "100", "MESSAGES_PER_MINUTE": "100", "REDIS_URL": own_valkey.url}
    await asyncio.to_thread(processes.web)
    processes.worker()
    answered_before = []
    async with crowd(processes, widget, TURNS // 2) as customers:
        await tell_upstream(processes, tokens_per_s=1_000)
        asked = [[THINGS[n % len(THINGS)], THINGS[(n + 7) % len(THINGS)]] for n in range(len(customers))]
        talking = asyncio.gather(*map(converse, customers, asked))
        for comes_back_empty in (False, True):
            await asyncio.sleep(1)
            answered_before.append(await Message.objects.filter(role="assistant", status="done").acount())
            own_valkey.kill()
            await asyncio.sleep(REDIS_RESTART_S)
            if comes_back_empty:
                own_valkey.forget_everything()
            own_valkey.start()
        heard = await talking

    kept = {str(pk) async for pk in Message.objects.filter(role="customer").values_list("pk", flat=True)}
    replies = [reply async for reply in Message.objects.filter(role="assistant")]
    print(f"of {TURNS} questions {answered_before} were answered when Redis went for {REDIS_RESTART_S} s")
    assert len(kept) == len(replies) == len({reply.in_reply_to_id for reply in replies}) == TURNS
    assert {pk for accepted, _ in heard for pk in accepted} <= kept
    assert {reply.status for reply in replies} == {"done"}
    assert {pk: text for _, answers in heard for pk, text in answers.items()} == {
        str(reply.pk): reply.text for reply in replies
    }
    assert max(answered_before) < TURNS


@pytest.mark.parametrize(
    ("goes", "comes"), [(Server.freeze, Server.thaw), (Server.kill, Server.start)], ids=["hangs", "is killed"]
)
async def test_while_redis_is_away_messages_are_taken_and_answered_all_the_same(
    processes, widget, returns_article, own_valkey, goes: Callable[[Server], None], comes: Callable[[Server], None]
):
    # What the shop's own programs are told is left to a worker, by way of Redis.
    await Endpoint.objects.acreate(workspace_id=widget.workspace_id, url="https://shop.test/told")
    processes.environment |= {
        "MESSAGE_COALESCING_S": "0",
        "REDIS_URL": own_valkey.url,
        "REPLIES_PER_VISITOR_HOUR": "1000",
    }
    await asyncio.to_thread(processes.web)
    async with socket_to(processes, widget) as ana, browser_of(processes, ana) as browser:
        await tell_upstream(processes, tokens_per_s=1_000)
        door = f"/api/v1/conversations/{ana.ready['conversation']}/messages/"
        goes(own_valkey)
        gone_at, accepted, took_s = monotonic(), [], []
        while monotonic() < gone_at + REDIS_AWAY_S:
            event, waited_s = await told(ana, QUESTION)
            accepted.append(event["message_id"])
            took_s += [waited_s, *[await read_within_s(browser, path) for path in ("/api/v1/conversations/", door)]]
            await asyncio.sleep(1)
        posted = await browser.post(door, json={"text": "And how do I get my money back?"})
        replies = await answered(len(accepted) + 1)  # while it is still away
        comes(own_valkey)
        shown = await ana.next("session.ready", timeout_s=60)

    print(f"{len(accepted)} messages in {REDIS_AWAY_S} s; the longest wait was {max(took_s):.2f} s")
    assert max(took_s) < ANSWER_S
    assert posted.status_code == 201
    assert {*accepted, posted.json()["message"]["id"]} == {
        message["id"] for message in await whole_history(processes, ana, door) if message["role"] == "customer"
    }
    assert {reply.in_reply_to_id for reply in replies} == {
        pk async for pk in Message.objects.filter(role="customer").values_list("pk", flat=True)
    }
    assert {str(reply.pk): reply.text for reply in replies}.items() >= answers_in(shown).items()
    assert answers_in(shown)


async def read_within_s(browser, path: str) -> float:
    asked_at = monotonic()
    (await browser.get(path)).raise_for_status()
    return monotonic() - asked_at


async def whole_history(processes, ana, path: str | None) -> list[dict[str, Any]]:
    found = []
    async with browser_of(processes, ana) as browser:
        while path:
            page = (await browser.get(path)).json()
            found, path = found + page["results"], page["next"]
    return found


@pytest.mark.usefixtures("articles_about_things")
async def test_a_worker_whose_redis_hung_goes_on_with_its_work(processes, widget):
    await tell_upstream(processes, tokens_per_s=1)
    async with gate_to(processes.environment["REDIS_URL"]) as redis_gate:
        processes.environment["REDIS_URL"] = redis_gate.url
        web = await asyncio.to_thread(processes.web)
        processes.worker()
        async with socket_to(processes, widget) as ana:
            await begin([ana], ["shoes"])
            while not await asyncio.to_thread(celery_app.control.ping, timeout=1):
                pass  # it starts
            redis_gate.freeze()
            await asyncio.sleep(5)  # until it has noticed
            await asyncio.to_thread(processes.kill, web)
            await tell_upstream(processes, tokens_per_s=100)
            redis_gate.open()
            replies = await answered(1)
        await asyncio.to_thread(processes.end)

    assert replies[0].attempt == 2
