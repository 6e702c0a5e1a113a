"""The API from outside: keys of the shops acme and globex, and clients on a real port."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from assistant.workspaces.models import ApiKey, Workspace

RETURNS = """# Returns

You may send back anything within 30 days of delivery. Keep the box it came in.

## Refunds

We refund the price to the card you paid with, within 5 working days of getting the parcel.
"""


def client_of(server: str, secret: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.AsyncClient(base_url=f"http://{server}/api/v1", headers=headers, timeout=30)


async def key_of(workspace: Workspace, *scopes: str) -> str:
    issue = sync_to_async(ApiKey.issue)
    _, secret = await issue(workspace, "for tests", list(scopes or ApiKey.SCOPES))
    return secret


@pytest.fixture
async def api(server: str, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of acme that has every scope."""
    async with client_of(server, await key_of(workspace)) as client:
        yield client


@pytest.fixture
async def globex_api(server: str, workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of another workspace."""
    globex = await Workspace.objects.acreate(slug="globex", name="Globex")
    async with client_of(server, await key_of(globex)) as client:
        yield client


@pytest.fixture
async def returns_article(api: httpx.AsyncClient) -> dict[str, Any]:
    """A published article of acme."""
    draft = {"title": "Returns", "body": RETURNS, "external_id": "returns", "url": "https://shop.test/returns"}
    article = (await api.post("/articles/", json=draft)).json()
    published = await api.post(f"/articles/{article['id']}/publish/")
    assert published.json() == {"published": True, "dropped_answers": 0}
    return article


@pytest.fixture
def opened(api: httpx.AsyncClient) -> Callable[..., Any]:
    """Create a conversation and return its id."""

    async def begin(**fields: Any) -> str:
        answer = await api.post("/conversations/", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return begin


async def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    """Return every event of a stream with its SSE id as `_id`, after checking its SSE name."""
    events, mark, name = [], "", ""
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "id":
            mark = value
        elif field == "event":
            name = value
        elif field == "data":
            event = json.loads(value)
            assert event["type"] == name
            events.append({**event, "_id": mark})
    return events
