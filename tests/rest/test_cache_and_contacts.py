"""Cached answers, and the data stored about a contact."""

import pytest
from asgiref.sync import sync_to_async

from assistant.errors import NotFound
from assistant.webhooks.models import Delivery, Endpoint
from caching.models import CachedAnswer
from conversations.events import stream
from conversations.models import Contact, Conversation, Message
from knowledge.models import Gap
from tests.rest.rows import cached

add_cached = sync_to_async(cached)


async def test_cached_answers_are_listed_judged_deleted_and_flushed(api, globex_api, workspace):
    first = await add_cached(workspace)
    await add_cached(workspace, "When do you close?")

    listed = (await api.get("/cache/", params={"question": "open"})).json()["results"]
    assert [(entry["id"], entry["answer"]) for entry in listed] == [(str(first.pk), "At nine.")]
    assert (await globex_api.get("/cache/")).json()["results"] == []
    assert (await globex_api.delete(f"/cache/{first.pk}/")).status_code == 404
    for _ in range(2):
        judged = await api.post(f"/cache/{first.pk}/verdict/", json={"opinion": "wrong", "note": "We open at ten."})
    assert (judged.json()["wrong"], judged.json()["state"]) == (2, "quarantined")
    assert (await api.delete(f"/cache/{first.pk}/")).status_code == 204
    assert (await api.post("/cache/flush/")).json() == {"flushed": 1}


async def test_a_person_is_given_all_that_is_kept_and_erased_without_a_trace(api, globex_api, workspace, no_engine):
    made = await api.post("/conversations/", json={"contact": {"external_id": "ana", "email": "ana@example.com"}})
    conversation, contact = made.json()["id"], made.json()["contact"]["id"]
    await Endpoint.objects.acreate(workspace=workspace, url="https://hooks.test/", events=["message.created"])
    await api.post(f"/conversations/{conversation}/messages/", json={"text": "Do you sell submarines to Ana?"})
    await add_cached(workspace, contributors=[contact])
    await add_cached(workspace, "Shared?", contributors=[contact, "bob"])

    exported = (await api.get(f"/contacts/{contact}/export/")).json()
    foreign = await globex_api.delete(f"/contacts/{contact}/")
    erased = await api.delete(f"/contacts/{contact}/")

    assert exported["contact"]["email"] == "ana@example.com"
    assert exported["conversations"][0]["messages"][0]["text"] == "Do you sell submarines to Ana?"
    assert (foreign.status_code, erased.status_code) == (404, 204)
    assert (await api.get(f"/contacts/{contact}/export/")).status_code == 404
    for model in (Contact, Conversation, Message, Gap):
        assert not await model.objects.aexists(), model
    assert [entry.question async for entry in CachedAnswer.objects.all()] == ["Shared?"]
    assert not await Delivery.objects.filter(type="message.created").aexists()
    with pytest.raises(NotFound):
        await stream.place(conversation)
    assert (await sync_to_async(Contact.objects.count)()) == 0
