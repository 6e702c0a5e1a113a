"""Many concurrent requests: waiting for a model holds no database connection, so none is refused."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import connection

from assistant.llm import registry
from assistant.server.request_threads import Handler
from assistant.workspaces.models import Workspace
from conversations.models import Contact, Conversation, Message

WAITING = 200
AT_ONCE = 64
QUESTION = "How many days do I have to send something back?"
SCRIPT = ['{"text": "You have 30 days [1].", "action": null}']


@pytest.fixture
async def door(server: str, api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A client with as many connections as it needs."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=f"http://{server}", headers=api.headers, limits=limits, timeout=120
    ) as client:
        yield client


@pytest.fixture
async def begun(server: str, workspace: Workspace) -> Callable[[int], Awaitable[list[str]]]:
    """Create conversations of this number of customers."""

    def begin(count: int) -> list[str]:
        people = Contact.objects.bulk_create([Contact(workspace=workspace) for _ in range(count)])
        talks = [Conversation(workspace=workspace, contact=each, channel="api") for each in people]
        return [str(each.pk) for each in Conversation.objects.bulk_create(talks)]

    return database_sync_to_async(begin)


def lent() -> int:
    """Return the number of pooled connections in use in this process."""
    pool = connection.pool.get_stats()
    return pool["pool_size"] - pool["pool_available"]


async def until(what: Callable[[], bool], limit_s: float = 60) -> bool:
    """Return whether the condition became true within the limit."""
    async with asyncio.timeout(limit_s):
        while not what():  # noqa: ASYNC110 - a pool has no event for it
            await asyncio.sleep(0.01)
    return True


def ways(door: httpx.AsyncClient, conversation: str, number: int) -> Awaitable[httpx.Response]:
    """Yield in turn: a blocking message, one with an idempotency key, a completion, and both as a stream."""
    said = f"My parcel {number} came. {QUESTION}"
    messages, way = f"/api/v1/conversations/{conversation}/messages/", number % 5
    if way < 3:
        headers = {"Idempotency-Key": uuid.uuid4().hex} if way == 1 else {}
        return door.post(messages, json={"text": said, "stream": way == 2}, headers=headers)
    asked = {"model": "brevity", "messages": [{"role": "user", "content": said}], "stream": way == 4}
    return door.post("/v1/chat/completions", json=asked)


@pytest.mark.timeout(300)
async def test_two_hundred_who_wait_for_a_slow_model_hold_no_connection_and_lists_are_answered(
    door: httpx.AsyncClient, begun: Any, engine: Any, returns_article: Any
) -> None:
    """B5."""
    engine.script, engine.held = SCRIPT, asyncio.Event()
    of_the_test = lent()
    asked = [asyncio.create_task(ways(door, each, number)) for number, each in enumerate(await begun(WAITING))]
    await until(lambda: len(engine.asked) == WAITING or any(each.done() for each in asked), 120)
    refused = [each.result().text for each in asked if each.done()]
    assert refused == []

    nobody_holds_one = await until(lambda: lent() <= of_the_test)
    lists = await asyncio.gather(*(door.get("/api/v1/conversations/") for _ in range(AT_ONCE)))
    ready = await door.get("/readyz")
    engine.held.set()
    answers = await asyncio.gather(*asked)

    assert nobody_holds_one
    assert {each.status_code for each in lists} == {200}
    assert ready.status_code == 200
    assert {each.status_code for each in answers} == {200, 201}
    assert all("You have 30 days" in each.text for each in answers)
    assert await Message.objects.filter(role="assistant", status="done").acount() == WAITING


@pytest.mark.timeout(300)
async def test_sixty_four_at_once_are_answered_from_the_cache_at_every_door(
    door: httpx.AsyncClient, begun: Any, engine: Any, returns_article: Any
) -> None:
    """B5."""
    engine.script = SCRIPT
    completion = {"model": "brevity", "messages": [{"role": "user", "content": QUESTION}]}
    await door.post("/v1/chat/completions", json=completion)

    talks = await begun(AT_ONCE)
    answers = await asyncio.gather(
        *(door.post("/v1/chat/completions", json=completion) for _ in range(AT_ONCE)),
        *(door.post(f"/api/v1/conversations/{each}/messages/", json={"text": QUESTION}) for each in talks),
    )

    assert {each.status_code for each in answers} == {200, 201}
    assert {each.json()["reply"]["receipt"]["source"] for each in answers if "reply" in each.json()} == {"exact_cache"}
    assert len(engine.asked) == 1


@pytest.fixture
async def slow_embedder(settings: Any) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """A server that does not respond until it is released, and then closes the connection."""
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await let_go.wait()
        writer.close()

    listening = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    options = {"base_url": f"http://127.0.0.1:{port}/v1", "api_key": "", "model": "slow", "dimensions": 384}
    settings.EMBEDDER = {
        "BACKEND": "assistant.llm.engines.openai_embedder.OpenAICompatibleEmbedder",
        "OPTIONS": {**options, "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR)},
    }
    registry.forget()
    yield asked, let_go
    listening.close()
    registry.forget()


async def test_a_search_that_waits_for_the_embedder_holds_no_connection(
    api: httpx.AsyncClient, slow_embedder: tuple[asyncio.Event, asyncio.Event]
) -> None:
    """B5."""
    asked, let_go = slow_embedder
    of_the_test = lent()
    found = asyncio.create_task(api.get("/search/", params={"q": QUESTION}))
    await asyncio.wait_for(asked.wait(), 20)

    lent_meanwhile = lent()
    let_go.set()

    assert lent_meanwhile == of_the_test
    assert (await found).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_a_request_that_goes_on_holds_no_connection_between_its_steps() -> None:
    """B5: also for queries in the request's own thread by views, middleware or authentication."""
    of_the_test = lent()
    async with Handler().thread():
        await sync_to_async(Workspace.objects.count)()

        assert lent() == of_the_test
