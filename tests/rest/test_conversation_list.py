"""The list of conversations returns each as it is returned alone."""

from datetime import UTC

from conversations.models import Conversation, Message


async def test_a_list_tells_each_conversation_as_it_is_told_alone(api, opened, no_engine):
    ana = {"external_id": "ana", "name": "Ana", "email": "ana@example.com"}
    spoken, silent = await opened(contact=ana, external_id="T-1", locale="de"), await opened()
    await api.post(f"/conversations/{spoken}/messages/", json={"text": "Hello, " + "where is it? " * 20})

    listed = (await api.get("/conversations/")).json()["results"]

    openings = [row.pop("opening") for row in listed]
    assert listed == [(await api.get(f"/conversations/{known}/")).json() for known in (spoken, silent)]
    assert list(listed[0]["contact"]) == ["id", "external_id", "name", "email", "verified", "attributes", "created_at"]
    assert openings[0].startswith("Hello, where is it?")
    assert (len(openings[0]), openings[1]) == (120, None)


async def test_a_list_goes_on_where_its_page_ended(api, opened):
    begun = [await opened() for _ in range(5)]
    first = (await api.get("/conversations/", params={"page_size": 3})).json()
    second = (await api.get(first["next"])).json()
    back = (await api.get(second["previous"])).json()

    assert [row["id"] for row in first["results"] + second["results"]] == begun[::-1]
    assert back["results"] == first["results"]
    assert second["next"] is None


async def test_a_time_comes_back_as_it_was_written(opened):
    conversation = await Conversation.objects.aget(pk=await opened())
    message = await Message.objects.acreate(conversation=conversation, seq=1, role="customer", text="Hello")
    kept = await Message.objects.values_list("created_at", flat=True).aget()

    assert (kept, kept.tzinfo) == (message.created_at, UTC)
