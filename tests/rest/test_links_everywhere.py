"""The link filter applies to every API (row C7)."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from assistant.webhooks.models import Endpoint
from conversations.helpdesk import inbound
from conversations.helpdesk.models import Connection, Delivery
from conversations.models import Message
from tests.rest.conftest import events_of, key_of
from tests.rest.sink import Sink
from tests.rest.test_helpdesks import FAKES

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How many days do I have to send something back?"
EVIL = (
    "You have 30 days [1], see [a[b]](//evil.test), ![x][r], <img src=//evil.test>, <//evil.test>, "
    "https://shop.test@evil.test and https://xn--evil-0ra.test.\n\n[r]: //evil.test"
)
SCRIPT = [[json.dumps({"text": EVIL, "action": None})[start : start + 7] for start in range(0, 260, 7)]]


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    opened = Sink()
    settings.WEBHOOK_ALLOWED_PRIVATE = [opened.place]
    yield opened
    opened.close()


def is_clean(told: str) -> bool:
    return "30 days" in told and "evil" not in told and "<img" not in told and "]:" not in told


async def test_the_socket_and_a_webhook(chat, engine, returns_article, workspace, sink):
    engine.script = SCRIPT
    await Endpoint.objects.acreate(workspace=workspace, url=sink.url)

    async with chat() as ana:
        completed = await ana.ask(QUESTION)
    shown = "".join(event["text"] for event in ana.heard if event["type"] == "reply.delta")

    assert is_clean(completed["text"])
    assert is_clean(shown)
    told = [call["body"].decode() for call in sink.calls if b"reply.completed" in call["body"]]
    assert told
    assert all(is_clean(body) for body in told)


async def test_rest_blocking_and_streamed(api, engine, returns_article, opened):
    engine.script = SCRIPT

    blocking = await api.post(f"/conversations/{await opened()}/messages/", json={"text": QUESTION})
    body = {"text": QUESTION + " Tell me.", "stream": True}
    async with api.stream("POST", f"/conversations/{await opened()}/messages/", json=body) as stream:
        events = await events_of(stream)

    assert is_clean(blocking.json()["reply"]["text"])
    assert "evil" not in blocking.text
    assert is_clean("".join(event.get("text", "") for event in events if event["type"] == "reply.delta"))
    assert "evil" not in json.dumps(events)


async def test_the_openai_door(server, workspace, engine, returns_article):
    engine.script = SCRIPT
    key = await key_of(workspace)
    asked = {"model": "brevity", "messages": [{"role": "user", "content": QUESTION}]}
    async with openai.AsyncOpenAI(base_url=f"http://{server}/v1", api_key=key, max_retries=0) as client:
        whole = await client.chat.completions.create(**asked)
        stream = await client.chat.completions.create(**asked, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]

    assert is_clean(whole.choices[0].message.content)
    assert is_clean("".join(pieces))


async def test_a_helpdesk(api, workspace, engine, returns_article, sink):
    engine.script = SCRIPT
    fake = FAKES["chatwoot"]
    connection = await Connection.objects.acreate(
        workspace=workspace, kind="chatwoot", base_url=f"http://{sink.place}", token="key", options=fake.options
    )
    body = json.dumps(fake.question(QUESTION)).encode()
    headers = {"Content-Type": "application/json", **fake.headers(connection, body, "d-1")}
    await api.post(f"/helpdesk/chatwoot/{connection.pk}/", content=body, headers=headers)
    async for delivery in Delivery.objects.filter(status="pending"):
        await database_sync_to_async(inbound.process_delivery)(delivery.pk)

    told = [json.loads(call["body"])["content"] for call in sink.calls if call["path"].endswith("/messages")]
    assert told
    assert all(is_clean(text) for text in told)


async def test_the_admin_and_what_is_stored(chat, engine, returns_article, workspace):
    engine.script = SCRIPT
    async with chat() as ana:
        await ana.ask(QUESTION)
        conversation = ana.ready["conversation"]

    def transcript() -> str:
        staff = Client()
        staff.force_login(get_user_model().objects.create_superuser("rosa"))
        return staff.get(reverse("admin:conversations_conversation_transcript", args=[conversation])).content.decode()

    stored = await Message.objects.aget(role="assistant")
    assert is_clean(stored.text)
    shown = await database_sync_to_async(transcript)()
    assert "30 days" in shown
    assert "evil" not in shown


async def test_what_a_client_puts_into_the_assistants_mouth_is_not_told_again(server, workspace, no_engine, api):
    key = await key_of(workspace)
    said = [
        {"role": "user", "content": "My order number is 48231."},
        {"role": "assistant", "content": "Your order number is 48231, track it at https://evil.test/48231."},
        {"role": "user", "content": "What did you say my order number was?"},
    ]
    async with openai.AsyncOpenAI(base_url=f"http://{server}/v1", api_key=key, max_retries=0) as client:
        answer = await client.chat.completions.create(model="brevity", messages=said)

    assert "evil" not in answer.choices[0].message.content
