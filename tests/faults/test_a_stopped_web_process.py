"""A web process is stopped, as at a deploy: clients learn when to reconnect, and no answer is lost."""

import asyncio
import signal

import httpx
import pytest
from django.utils import timezone

from conversations.models import Message
from tests.faults.customers import begin, crowd, hear_out, hear_the_end, shown, tell_upstream
from tests.faults.things import THINGS, answer_about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
# Fifty customers, of whom two at a time ask the same.
LONG, SHORT = THINGS[:13] * 2, THINGS[13:25] * 2


@pytest.mark.usefixtures("articles_about_things")
async def test_a_deploy_in_the_midst_of_fifty_replies_ends_what_it_can_and_hands_over_the_rest(processes, widget):
    # So long a lease that nobody takes a reply up before it is handed over.
    processes.environment |= {"SHUTDOWN_GRACE_S": "10", "REPLY_LEASE_S": "100"}
    web = await asyncio.to_thread(processes.web)
    processes.worker()
    async with crowd(processes, widget, len(LONG) + len(SHORT)) as customers:
        waiting, soon_done = customers[: len(LONG)], customers[len(LONG) :]
        await tell_upstream(processes, tokens_per_s=1)
        await begin(waiting, LONG)
        await tell_upstream(processes, tokens_per_s=20)
        await begin(soon_done, SHORT)

        told_to_end = timezone.now()
        web.send_signal(signal.SIGTERM)
        codes = await asyncio.gather(*(hear_out(customer) for customer in customers))
        goodbyes = [customer.heard[-1] for customer in customers]
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient() as late:
                await late.get(f"http://127.0.0.1:{processes.environment['PORT']}/healthz")
        left_while_it_writes = web.poll() is None
        await asyncio.to_thread(web.wait, 60)
    await tell_upstream(processes, tokens_per_s=200)
    await asyncio.to_thread(processes.web)
    ends = await asyncio.gather(*(hear_the_end(processes, widget, customer) for customer in customers))

    assert set(codes) == {1012}
    assert {goodbye.get("code") for goodbye in goodbyes} == {"restarting"}
    assert {goodbye["retry_after_s"] for goodbye in goodbyes} == {1, 2, 3}
    assert left_while_it_writes
    said = [answer_about(thing) for thing in LONG + SHORT]
    assert [completed["text"] for completed in ends] == [shown(customer) for customer in customers] == said
    replies = {str(reply.conversation_id): reply async for reply in Message.objects.filter(role="assistant")}
    assert await Message.objects.filter(role="assistant").acount() == len(replies) == len(said)
    assert {reply.status for reply in replies.values()} == {"done"}
    assert {replies[customer.ready["conversation"]].attempt for customer in waiting} == {2}
    ended = [replies[customer.ready["conversation"]] for customer in soon_done]
    assert any(reply.attempt == 1 and reply.finished_at > told_to_end for reply in ended)
