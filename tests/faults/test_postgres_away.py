"""Postgres stops or hangs and returns: only stored messages are acknowledged, and nobody waits long."""

import asyncio
import uuid
from time import monotonic

import psycopg
import pytest

from tests.faults.customers import QUESTION, browser_of, crowd, socket_to, taken, tell_upstream, told
from tests.faults.scale import ANSWER_S, BACK_S, IS_FULL, POSTGRES_AWAY_S, STANDERS_BY
from tests.faults.servers import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


WAYS = {
    "hangs": (Server.freeze, Server.thaw),
    "is stopped": (Server.stop, Server.start),
    "is killed": (Server.kill, Server.start),
}


@pytest.mark.parametrize("way", WAYS if IS_FULL else ["hangs", "is killed"])
async def test_while_postgres_is_away_nothing_is_acknowledged_and_nobody_waits_long(
    processes, widget, returns_article, own_postgres, way
):
    goes, comes = WAYS[way]
    await asyncio.to_thread(own_postgres.take_over, processes.environment["DATABASE_URL"])
    processes.environment |= {
        "DATABASE_URL": own_postgres.url,
        "MESSAGES_PER_10_S": "1000",
        "MESSAGES_PER_MINUTE": "1000",
    }
    web = await asyncio.to_thread(processes.web)
    processes.worker()
    async with (
        socket_to(processes, widget) as ana,
        socket_to(processes, widget) as bob,
        crowd(processes, widget, STANDERS_BY) as others,
        browser_of(processes, ana) as browser,
    ):
        await tell_upstream(processes, tokens_per_s=100)
        accepted = [(await ana.say("Is anybody there?"))["message_id"]]
        await ana.next("reply.completed", timeout_s=60)
        await tell_upstream(processes, tokens_per_s=4)
        accepted.append((await bob.say(QUESTION))["message_id"])
        await bob.next("reply.delta", timeout_s=60)
        bobs_end = asyncio.create_task(bob.next("reply.completed", timeout_s=POSTGRES_AWAY_S + 90))
        await tell_upstream(processes, tokens_per_s=100)
        goes(own_postgres)
        gone_at, lost = monotonic(), str(uuid.uuid4())
        refused = await asyncio.gather(*(told(each, QUESTION, lost) for each in [ana, *others]))
        door = f"/api/v1/conversations/{ana.ready['conversation']}/messages/"
        again = {"text": QUESTION, "client_ref": lost}
        answers, took_s = [], [waited_s for _, waited_s in refused]
        while monotonic() < gone_at + POSTGRES_AWAY_S:
            for method, path in [("GET", "/api/v1/conversations/"), ("POST", door), ("GET", "/readyz")]:
                asked_at = monotonic()
                answers.append(await browser.request(method, path, json=again if path == door else None))
                took_s.append(monotonic() - asked_at)
            refused.append(await told(ana, QUESTION, lost))
            took_s.append(refused[-1][1])
            await asyncio.sleep(1)
        comes(own_postgres)
        await asyncio.to_thread(own_postgres.wait_until_ready)
        back_at = monotonic()
        # On the sockets that were open all the time, of a process that was not started anew.
        accepted += await asyncio.gather(*(taken(each, QUESTION, lost) for each in [ana, *others]))
        back_s = monotonic() - back_at
        asked = (each.next("reply.completed", timeout_s=90) for each in [ana, *others])
        ends = await asyncio.gather(bobs_end, *asked)

    print(f"{len(took_s)} asked; the longest wait was {max(took_s):.2f} s; all was as before after {back_s:.2f} s")
    assert {(event["type"], event.get("code"), event["client_ref"]) for event, _ in refused} == {
        ("error", "db_unavailable", lost)
    }
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["error"]["code"] for answer in answers if "readyz" not in answer.url.path} == {
        "db_unavailable"
    }
    assert max(took_s) < ANSWER_S
    assert back_s < BACK_S
    assert web.poll() is None
    assert {end["status"] for end in ends} == {"done"}
    assert sorted(accepted) == sorted(await asyncio.to_thread(kept_in, own_postgres.url))


def kept_in(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        said = connection.execute("SELECT id FROM conversations_message WHERE role = 'customer'").fetchall()
    return [str(pk) for (pk,) in said]
