"""A stream that breaks at any point resumes after the last event received."""

import asyncio
import json
import random
import uuid
from typing import Any

import httpx
import pytest

from conversations.models import Message

ENDS = ("reply.completed", "reply.failed")
WORDS = [f"word{number} " for number in range(60)]
QUESTION = "How many days do I have to send something back?"


async def until_broken(
    api: httpx.AsyncClient, address: str, draft: dict[str, Any], last_id: str, most: int
) -> list[dict[str, Any]]:
    """Read this number of events, then disconnect."""
    events: list[dict[str, Any]] = []
    mark = ""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with api.stream("POST", address, json=draft, headers=headers) as response:
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if line.startswith("id: "):
                mark = line.removeprefix("id: ")
            elif line.startswith("data: "):
                events.append({**json.loads(line.removeprefix("data: ")), "_id": mark})
                if len(events) == most:
                    break
    return events


@pytest.mark.parametrize("seed", range(3))
async def test_a_stream_that_breaks_again_and_again_loses_and_repeats_nothing(
    api, opened, returns_article, engine, settings, seed
):
    settings.REPLY_DELTAS_PER_S = 100
    settings.MESSAGES_PER_10_S = settings.MESSAGES_PER_MINUTE = 1_000  # each try counts
    engine.script, engine.delay_s = [['{"text": "', *WORDS, '[1].", "action": null}']], 0.02
    chance = random.Random(seed)
    address = f"/conversations/{await opened()}/messages/"
    draft = {"text": QUESTION, "stream": True, "client_ref": str(uuid.uuid4())}

    heard: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not heard or heard[-1]["type"] not in ENDS:
            last_id = heard[-1]["_id"] if heard else ""
            heard += await until_broken(api, address, draft, last_id, chance.randint(1, 8))

    assert [event["seq"] for event in heard] == list(range(1, len(heard) + 1))
    said = "".join(event["text"] for event in heard if event["type"] == "reply.delta")
    assert said == heard[-1]["text"] == "".join(WORDS) + "[1]."
    assert len(heard) > 8
    assert await Message.objects.acount() == 2


async def test_a_stream_under_an_idempotency_key_alone_goes_on_as_well(api, opened, returns_article, engine):
    engine.script, engine.delay_s = [['{"text": "', *WORDS[:20], '[1].", "action": null}']], 0.02
    address = f"/conversations/{await opened()}/messages/"
    api.headers["Idempotency-Key"] = "ana-1"
    draft = {"text": QUESTION, "stream": True}

    first = await until_broken(api, address, draft, "", 2)
    rest = await until_broken(api, address, draft, first[-1]["_id"], 1000)

    assert [event["seq"] for event in first + rest] == list(range(1, len(first + rest) + 1))
    assert rest[-1]["type"] == "reply.completed"
    assert await Message.objects.acount() == 2


async def test_an_event_id_that_we_never_gave_out_begins_with_a_snapshot(api, opened, no_engine):
    address = f"/conversations/{await opened()}/messages/"
    draft = {"text": "Hello!", "stream": True, "client_ref": str(uuid.uuid4())}
    await until_broken(api, address, draft, "", 1000)

    events = await until_broken(api, address, draft, "another-life:3", 1)

    assert events[0]["type"] == "session.ready"
    assert [message["role"] for message in events[0]["messages"]] == ["customer", "assistant"]
