"""Repeating a POST with the same Idempotency-Key."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from assistant.rest.models import IdempotentRequest
from assistant.rest.retention import REQUESTS
from conversations.models import Conversation, Message
from tests.rest.conftest import client_of, key_of

KEY = {"Idempotency-Key": "ana-1"}


async def test_the_same_request_is_done_once_and_answered_alike(api):
    first = await api.post("/conversations/", json={"external_id": "t-1"}, headers=KEY)
    second = await api.post("/conversations/", json={"external_id": "t-1"}, headers=KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert await Conversation.objects.acount() == 1


async def test_another_body_under_the_key_is_refused(api):
    await api.post("/conversations/", json={"external_id": "t-1"}, headers=KEY)

    refused = await api.post("/conversations/", json={"external_id": "t-2"}, headers=KEY)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "idempotency_mismatch")


async def test_a_second_request_while_the_first_is_in_flight_is_refused(api, opened, returns_article, engine):
    engine.script, engine.delay_s = ['{"text": "You have 30 days [1].", "action": null}'], 1
    address, draft = f"/conversations/{await opened()}/messages/", {"text": "How many days to return something?"}

    first = asyncio.create_task(api.post(address, json=draft, headers=KEY))
    async with asyncio.timeout(10):
        while not await IdempotentRequest.objects.aexists():  # noqa: ASYNC110  the row is what says it has begun
            await asyncio.sleep(0.01)
    second = await api.post(address, json=draft, headers=KEY)

    assert (second.status_code, second.json()["error"]["code"]) == (409, "idempotency_in_flight")
    assert (await first).status_code == 201
    assert (await api.post(address, json=draft, headers=KEY)).content == (await first).content
    assert await Message.objects.acount() == 2


async def test_a_refused_request_may_be_corrected_under_its_key(api):
    refused = await api.post("/articles/", json={"title": ""}, headers=KEY)
    corrected = await api.post("/articles/", json={"title": "A", "body": "B"}, headers=KEY)

    assert (refused.status_code, corrected.status_code) == (400, 201)


async def test_one_callers_key_is_nothing_to_another(api, globex_api, server, widget):
    ours = await api.post("/conversations/", json={}, headers=KEY)
    theirs = await globex_api.post("/conversations/", json={}, headers=KEY)

    assert ours.json()["id"] != theirs.json()["id"]
    async with client_of(server, None) as nobody:
        sessions = [await nobody.post("/widget/sessions/", json={"widget": "wk_acme"}, headers=KEY) for _ in range(2)]
    assert sessions[0].json()["session"] != sessions[1].json()["session"]


async def test_a_request_whose_process_died_may_be_tried_again(api, settings):
    settings.IDEMPOTENCY_IN_FLIGHT_S = 0
    await api.post("/conversations/", json={}, headers=KEY)
    await IdempotentRequest.objects.aupdate(status=None)

    again = await api.post("/conversations/", json={}, headers=KEY)

    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_that_is_none_is_refused(api, key):
    refused = await api.post("/conversations/", json={}, headers={"Idempotency-Key": key})

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day(settings):
    settings.IDEMPOTENCY_KEPT_S = 0
    IdempotentRequest.objects.create(caller="a", key="b", fingerprint="c", status=201)

    assert REQUESTS.purge_some(1_000) == 1
    assert not IdempotentRequest.objects.exists()


async def test_a_key_is_free_again_after_a_day(api):
    first = await api.post("/conversations/", json={"external_id": "t-1"}, headers=KEY)
    long_ago = timezone.now() - timedelta(hours=25)
    await IdempotentRequest.objects.aupdate(begun_at=long_ago)

    later = await api.post("/conversations/", json={"external_id": "t-2"}, headers=KEY)

    assert (later.status_code, later.json()["id"] != first.json()["id"]) == (201, True)
    assert "Idempotent-Replayed" not in later.headers


async def test_the_same_key_at_another_address_is_another_request(api, opened):
    await api.post("/conversations/", json={}, headers=KEY)

    refused = await api.post("/cache/flush/", json={}, headers=KEY)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "idempotency_mismatch")


async def test_two_callers_in_one_conversation_may_use_the_same_key(api, server, workspace, opened, no_engine):
    address = f"/conversations/{await opened()}/messages/"

    async with client_of(server, await key_of(workspace)) as another:
        first = await api.post(address, json={"text": "Hello!"}, headers=KEY)
        second = await another.post(address, json={"text": "Thanks!"}, headers=KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["message"]["id"] != second.json()["message"]["id"]


async def test_only_a_post_takes_a_key(api, opened):
    address = f"/conversations/{await opened()}/"

    for external_id in ("t-1", "t-2"):
        changed = await api.patch(address, json={"external_id": external_id}, headers=KEY)
        assert changed.json()["external_id"] == external_id
