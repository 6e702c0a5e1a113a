"""Two web processes follow when staff add, remove and re-add a model, without a restart."""

import asyncio

import httpx
import pytest

from assistant.llm.connections import live
from assistant.llm.connections.models import ModelConnection
from conversations.models import Message
from tests.faults.conftest import Processes, free_port
from tests.faults.customers import socket_to
from tests.faults.things import THINGS, question_about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


async def source_of(processes, widget, thing):
    """Where the answer to a new customer's question came from."""
    async with socket_to(processes, widget) as customer:
        await customer.say(question_about(thing))
        await customer.next("reply.completed", timeout_s=60)
        replies = Message.objects.filter(conversation=customer.ready["conversation"], role="assistant")
        return (await replies.alatest("seq")).receipt["source"]


@pytest.mark.usefixtures("articles_about_things")
async def test_every_process_takes_up_what_staff_change(processes, widget, workspace, upstream):
    things = iter(THINGS)
    processes.environment |= {"LARGE_MODEL_URL": "", "MODEL_CONNECTIONS_FRESH_S": "0.05"}
    processes.environment["MODEL_SERVERS_PRIVATE"] = "all"
    other = Processes(processes.environment | {"PORT": str(free_port())})
    try:
        await asyncio.to_thread(processes.web)
        await asyncio.to_thread(other.web)
        both = (processes, other)
        async with httpx.AsyncClient(base_url=upstream) as operator:
            await operator.post("/control", json={"tokens_per_s": 0, "key": "sk-of-this-shop"})

        async def sources():
            return [await source_of(each, widget, next(things)) for each in both]

        without = await sources()
        row = ModelConnection(workspace=workspace, name="Ours", preset="custom", base_url=upstream, model="fake")
        row.set_key("sk-of-this-shop")
        await row.asave()
        added = await sources()
        name = row.engine_name
        states = await asyncio.to_thread(live.states, [name])
        await ModelConnection.objects.filter(pk=row.pk).adelete()
        taken_away = await sources()
    finally:
        other.end()

    assert without == ["quoted_passage", "quoted_passage"]
    assert added == ["model", "model"]
    assert taken_away == ["quoted_passage", "quoted_passage"]
    assert states[name].state == "working"
    assert (states[name].calls, states[name].processes) == (2, 2)
