"""A web process is killed during replies; every customer still gets one complete answer."""

import asyncio

import pytest

from conversations.models import Message
from tests.faults.customers import begin, crowd, hear_out, hear_the_end, numbered, shown, tell_upstream
from tests.faults.things import THINGS, answer_about

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
# Twenty customers. Some ask the same and follow one answer that is written for them all.
ASKED = THINGS[:16] + THINGS[:4]


@pytest.mark.usefixtures("articles_about_things")
async def test_replies_cut_by_kill_9_are_finished_once_and_clients_that_return_get_them_whole(processes, widget):
    await tell_upstream(processes, tokens_per_s=1)
    web = await asyncio.to_thread(processes.web)
    async with crowd(processes, widget, len(ASKED)) as customers:
        await begin(customers, ASKED)
        await asyncio.to_thread(processes.kill, web)
        codes = await asyncio.gather(*(hear_out(customer) for customer in customers))

    await tell_upstream(processes, tokens_per_s=200)
    processes.worker()  # not before: on a busy machine it takes up what still is written, as slowly
    await asyncio.to_thread(processes.web)
    ends = await asyncio.gather(*(hear_the_end(processes, widget, customer) for customer in customers))

    assert set(codes) == {1006}
    said = [answer_about(thing) for thing in ASKED]
    replies = [reply async for reply in Message.objects.filter(role="assistant")]
    assert len({reply.in_reply_to_id for reply in replies}) == len(replies) == len(ASKED)
    assert sorted(reply.text for reply in replies) == sorted(said)
    assert {reply.status for reply in replies} == {"done"}
    assert min(reply.attempt for reply in replies) >= 2
    assert [completed["text"] for completed in ends] == said
    assert all(completed["citations"] for completed in ends)
    assert [shown(customer) for customer in customers] == said
    for customer in customers:
        seqs = [event["seq"] for event in numbered(customer)]
        assert seqs == list(range(1, len(seqs) + 1))
