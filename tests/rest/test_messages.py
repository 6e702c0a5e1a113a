"""A message and its reply over REST, blocking and streamed."""

import asyncio
import uuid

from django.utils import timezone

from assistant.usage.models import Budget, BudgetPeriod, ExchangeRate
from conversations.models import Contact, Conversation, Message
from conversations.replies import wait_for_reply
from tests.rest.conftest import client_of, events_of

SCRIPT = ['{"text": "You have 30 days [1].", "action": null}']
QUESTION = "How many days do I have to send something back?"


async def test_a_posted_message_waits_for_its_grounded_reply(api, opened, returns_article, engine):
    engine.script = SCRIPT
    conversation = await opened()

    answer = await api.post(f"/conversations/{conversation}/messages/", json={"text": QUESTION})

    assert answer.status_code == 201
    said = answer.json()
    assert said["message"]["text"] == QUESTION
    assert said["reply"]["text"] == "You have 30 days [1]."
    assert said["reply"]["in_reply_to"] == said["message"]["id"]
    assert said["reply"]["citations"][0]["article_id"] == returns_article["id"]
    assert said["reply"]["receipt"]["source"] == "model"


async def test_a_streamed_message_gives_the_events_of_the_socket(api, opened, returns_article, engine):
    engine.script = SCRIPT
    conversation = await opened()
    draft = {"text": QUESTION, "stream": True, "client_ref": str(uuid.uuid4())}

    async with api.stream("POST", f"/conversations/{conversation}/messages/", json=draft) as response:
        events = await events_of(response)

    assert response.headers["content-type"] == "text/event-stream"
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["message.accepted", "reply.started"]
    assert kinds[-1] == "reply.completed"
    assert events[0]["client_ref"] == draft["client_ref"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["conversation"] for event in events} == {conversation}
    assert events[-1]["citations"][0]["article_id"] == returns_article["id"]
    assert "".join(event["text"] for event in events if event["type"] == "reply.delta") == events[-1]["text"]


async def test_a_stream_that_broke_is_resumed_after_any_event(api, opened, returns_article, engine):
    engine.script = SCRIPT
    conversation = await opened()
    draft = {"text": QUESTION, "stream": True, "client_ref": str(uuid.uuid4())}
    address = f"/conversations/{conversation}/messages/"
    async with api.stream("POST", address, json=draft) as response:
        whole = await events_of(response)

    for place in range(len(whole) - 1):
        again = {"Last-Event-ID": whole[place]["_id"]}
        async with api.stream("POST", address, json=draft, headers=again) as response:
            assert await events_of(response) == whole[place + 1 :]

    assert await Message.objects.filter(conversation=conversation).acount() == 2


async def test_a_message_posted_twice_is_answered_once(api, opened, returns_article, engine):
    engine.script = SCRIPT
    conversation = await opened()
    draft = {"text": QUESTION, "client_ref": str(uuid.uuid4())}

    first = await api.post(f"/conversations/{conversation}/messages/", json=draft)
    second = await api.post(f"/conversations/{conversation}/messages/", json=draft)

    assert second.json() == first.json()
    assert await Message.objects.filter(conversation=conversation).acount() == 2
    other = await api.post(f"/conversations/{conversation}/messages/", json={**draft, "text": "Something else"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_mismatch")


async def test_a_stream_closed_by_the_client_does_not_end_the_reply(api, opened, returns_article, engine):
    engine.script = SCRIPT
    conversation = await opened()
    address = f"/conversations/{conversation}/messages/"

    async with api.stream("POST", address, json={"text": QUESTION, "stream": True}) as response:
        async for _ in response.aiter_lines():
            break

    reply = await wait_for_reply.finished(await Message.objects.aget(role="assistant"), at_most_s=10)
    assert reply.text == "You have 30 days [1]."


async def test_events_are_followed_from_a_snapshot_on(api, opened, no_engine):
    conversation = await opened()
    await api.post(f"/conversations/{conversation}/messages/", json={"text": "Hello!"})
    seen, begun = [], asyncio.Event()

    async def follow():
        async with api.stream("GET", f"/conversations/{conversation}/events/") as response:
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    seen.append(line.removeprefix("event: "))
                    begun.set()
                if "conversation.updated" in line:
                    return

    following = asyncio.create_task(follow())
    await begun.wait()
    await api.post(f"/conversations/{conversation}/handoff/", json={"reason": "asked"})
    await asyncio.wait_for(following, 10)

    assert seen[0] == "session.ready"
    assert seen[-1] == "conversation.updated"


async def test_a_person_answers_and_the_assistant_falls_silent(api, opened, no_engine):
    conversation = await opened()

    answered = await api.post(f"/conversations/{conversation}/reply/", json={"text": "Rosa here."})
    after = await api.post(f"/conversations/{conversation}/messages/", json={"text": "Thanks, Rosa"})

    assert (answered.status_code, answered.json()["role"]) == (201, "person")
    assert after.json()["reply"] is None
    assert (await api.get(f"/conversations/{conversation}/")).json()["status"] == "human"
    resolved = await api.post(f"/conversations/{conversation}/resolve/")
    assert resolved.json()["status"] == "resolved"


async def test_an_answer_is_rated_by_the_visitor_who_got_it(api, server, widget, no_engine):
    session = await api.post("/widget/sessions/", json={"widget": widget.public_key})
    async with client_of(server, session.json()["session"]) as ana:
        conversation = (await ana.post("/conversations/", json={})).json()["id"]
        said = (await ana.post(f"/conversations/{conversation}/messages/", json={"text": "Hello"})).json()

        rated = await ana.post(f"/messages/{said['reply']['id']}/rating/", json={"rating": "like"})

    assert "receipt" not in said["reply"]
    assert (rated.status_code, rated.json()["rating"]) == (200, "like")


async def test_the_receipt_of_a_conversation_adds_up_its_replies(api, opened, returns_article, engine):
    engine.script = SCRIPT
    conversation = await opened()
    said = await api.post(f"/conversations/{conversation}/messages/", json={"text": QUESTION})

    whole = (await api.get(f"/conversations/{conversation}/receipt/")).json()

    assert whole["replies"] == 1
    assert whole["sources"] == {"model": 1}
    assert whole["receipts"][0]["receipt"] == said.json()["reply"]["receipt"]
    usage = (await api.get("/usage/", params={"group_by": "purpose,tier"})).json()
    assert usage["totals"]["replies"] == 1
    assert {row["purpose"] for row in usage["results"]} >= {"reply", "question"}
    per_conversation = usage["totals"]["per_conversation"]
    assert (per_conversation["conversations"], per_conversation["replies"]) == (1, 1.0)
    assert set(usage["totals"]["by_cause"]) == {"summary", "cache", "tier"}


async def test_usage_tells_the_currency_of_the_workspace_and_what_a_model_that_is_not_there_would_have_cost(
    api, workspace, settings
):
    settings.REFERENCE_MODEL = "gpt-6-sol"
    workspace.currency = "EUR"
    await workspace.asave()
    without_rate = (await api.get("/usage/")).json()
    await ExchangeRate.objects.acreate(currency="EUR", per_usd="0.92")
    conversation = await Conversation.objects.acreate(
        workspace=workspace, contact=await Contact.objects.acreate(workspace=workspace)
    )
    await Message.objects.acreate(
        conversation=conversation,
        seq=1,
        role="assistant",
        receipt={"cost_usd": "0.000000", "what_if": {"model": "gpt-6-sol", "cost_usd": "0.250000"}},
    )

    usage = (await api.get("/usage/")).json()

    assert without_rate["currency"] == {"code": "USD", "wanted": "EUR", "per_usd": None, "updated_at": None}
    assert without_rate["totals"]["what_if"] is None
    assert (usage["currency"]["code"], usage["currency"]["per_usd"]) == ("EUR", "0.92000000")
    assert usage["totals"]["what_if"] == {"model": "gpt-6-sol", "cost_usd": "0.250000"}
    assert usage["totals"]["saved_usd"] is None
    assert usage["totals"]["cost_usd"] == "0.000000"


async def test_usage_tells_how_far_budgets_are_used(api, workspace):
    budget = await Budget.objects.acreate(workspace=workspace, period="day", cap_tokens=1_000)
    await BudgetPeriod.objects.acreate(budget=budget, starts_on=timezone.now().date(), spent_tokens=810)

    usage = (await api.get("/usage/")).json()

    (told,) = usage["budgets"]
    assert (told["id"], told["used_share"], told["rung"]) == (budget.pk, 0.81, 80)
    assert usage["alerts"] == []


NESTED = b'{"text": "hi", "x": ' + b"[" * 20 + b"]" * 20 + b"}"  # one deeper than is read


async def test_json_may_be_nested_so_deep(api, opened, settings):
    address = f"/conversations/{await opened()}/messages/"
    settings.JSON_MAX_LEVELS = 2

    taken = await api.post(address, json={"text": "", "x": []})
    refused = await api.post(address, json={"text": "", "x": [[]]})

    assert taken.json()["error"]["code"] == "message_empty"
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_json")
    assert "nested deeper than 2 levels" in refused.json()["error"]["message"]


async def test_bad_messages_get_stable_codes(api, opened):
    conversation = await opened()
    address = f"/conversations/{conversation}/messages/"

    async def code_of(**sent):
        answer = await api.post(address, **sent)
        return answer.status_code, answer.json()["error"]["code"]

    assert await code_of(json={"text": "   "}) == (422, "message_empty")
    assert await code_of(json={"text": "x" * 4001}) == (413, "message_too_long")
    assert await code_of(json={"text": 5}) == (400, "invalid_request")
    assert await code_of(json=[]) == (400, "invalid_request")
    assert await code_of(content=b"") == (400, "invalid_request")
    for body in (
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\u0000"}',
        b'{"text": NaN}',
        b"[" * 99_999,
        NESTED,
    ):
        assert await code_of(content=body, headers={"Content-Type": "application/json"}) == (400, "invalid_json")
    assert await code_of(content=b"a=b", headers={"Content-Type": "text/plain"}) == (415, "unsupported_media_type")
    assert await code_of(json={"text": "x" * 10_000_000}) == (413, "too_large")
