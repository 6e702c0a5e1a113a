"""One model call for many identical questions at once."""

import asyncio

import pytest

from caching import single_flight

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "What is your returns policy?"


async def test_of_a_hundred_identical_questions_one_leads(scope):
    everybody = asyncio.Barrier(100)

    async def ask(number):
        async with single_flight.lead(scope, QUESTION, str(number)) as lease:
            await everybody.wait()
            return lease

    leases = await asyncio.gather(*(ask(number) for number in range(100)))

    leaders = [lease for lease in leases if lease.leader]
    assert len(leaders) == 1
    assert {lease.reply_id for lease in leases} == {leaders[0].reply_id}


async def test_a_dead_leader_is_replaced_when_its_lease_runs_out(scope, settings):
    settings.CACHE_LEAD_LEASE_S = 0.1
    died = await single_flight.take(single_flight.name_of(scope, QUESTION), "dead")
    assert died.leader

    await asyncio.sleep(0.2)

    async with single_flight.lead(scope, QUESTION, "alive") as lease:
        assert lease.leader


@pytest.mark.timing
async def test_a_replaced_leader_cannot_release_its_successors_lead(scope, settings):
    settings.CACHE_LEAD_LEASE_S = 0.1
    name = single_flight.name_of(scope, QUESTION)
    old = await single_flight.take(name, "old")
    await asyncio.sleep(0.2)
    await single_flight.take(name, "new")

    await single_flight.release(name, old)

    assert await single_flight.leader_of(scope, QUESTION) == "new"


@pytest.mark.timing
async def test_where_the_cache_refused_an_answer_nobody_leads_for_a_while(scope, settings):
    settings.CACHE_LEAD_LEASE_S = 0.3
    async with single_flight.lead(scope, QUESTION, "first") as lease:
        lease.refused = True

    async with single_flight.lead(scope, QUESTION, "second") as lease:
        assert (lease.leader, lease.reply_id) == (False, "")
    assert await single_flight.leader_of(scope, QUESTION) is None

    await asyncio.sleep(0.4)

    async with single_flight.lead(scope, QUESTION, "third") as lease:
        assert lease.leader


async def test_without_redis_everybody_leads(scope, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # this test's event loop has no client yet

    async with single_flight.lead(scope, QUESTION, "alone") as lease:
        assert lease.leader
