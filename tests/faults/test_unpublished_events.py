"""Events that Redis did not take reach clients later, even if their process dies."""

import asyncio

import pytest

from conversations.models import ConversationEvent, Message
from tests.faults.conftest import free_port
from tests.faults.customers import begin, socket_to, tell_upstream
from tests.faults.gate import gate_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.mark.usefixtures("articles_about_things")
async def test_what_a_process_could_not_tell_before_it_died_is_told_on_the_sockets_of_others(processes, widget):
    environment = processes.environment
    redis_url = environment["REDIS_URL"]
    await tell_upstream(processes, tokens_per_s=20)
    async with gate_to(redis_url) as gate:
        environment["REDIS_URL"] = gate.url
        doomed = await asyncio.to_thread(processes.web)
        async with socket_to(processes, widget) as ana:
            environment |= {"REDIS_URL": redis_url, "PORT": str(free_port())}
            await asyncio.to_thread(processes.web)
            here = {name: ana.ready[name] for name in ("session", "conversation")}
            async with socket_to(processes, widget, **here) as other_tab:
                await begin([ana], ["shoes"])
                await other_tab.next("reply.delta")
                gate.shut()  # for one of the two alone
                reply = await finished()
                while not await ConversationEvent.objects.aexists():  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.1)
                await asyncio.to_thread(processes.kill, doomed)
                processes.worker()
                shown = await other_tab.next("session.ready", timeout_s=90)
                async with asyncio.timeout(60):
                    while await ConversationEvent.objects.aexists():  # noqa: ASYNC110 - the worker deletes its row last
                        await asyncio.sleep(0.1)

    assert "reply.completed" not in [event["type"] for event in other_tab.heard]
    assert [(message["id"], message["text"]) for message in shown["messages"][1:]] == [(str(reply.pk), reply.text)]
    assert shown["epoch"] != other_tab.ready["epoch"]


async def finished() -> Message:
    async with asyncio.timeout(60):
        while True:
            if reply := await Message.objects.filter(role="assistant", status="done").afirst():
                return reply
            await asyncio.sleep(0.1)
