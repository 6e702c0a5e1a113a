"""One question and its cached answer, by either door: what is timed is from the question to the whole answer."""

import json
import time
import uuid

import httpx
import websockets

from benchmarks.api_server import ORIGIN, Bench

QUESTION = "How many days do I have to send something back?"


async def over_rest(bench: Bench) -> float:
    """Milliseconds. The conversation is begun, and the connection open, before the clock starts."""
    async with httpx.AsyncClient(base_url=f"{bench.url}/api/v1", headers=bench.headers, timeout=30) as client:
        conversation = (await client.post("/conversations/", json={})).json()["id"]
        began = time.perf_counter()
        answer = await client.post(f"/conversations/{conversation}/messages/", json={"text": QUESTION})
        took_ms = 1000 * (time.perf_counter() - began)
    require_answer(answer.text)
    return took_ms


async def over_the_socket(bench: Bench) -> float:
    """Milliseconds. `hello` is answered before the clock starts."""
    async with websockets.connect(f"ws://127.0.0.1:{bench.port}/ws/chat/", origin=ORIGIN) as chat:
        await chat.send(json.dumps({"type": "hello", "widget": bench.widget_key}))
        await chat.recv()
        frame = json.dumps({"type": "message.send", "client_ref": str(uuid.uuid4()), "text": QUESTION})
        began = time.perf_counter()
        await chat.send(frame)
        while (event := json.loads(await chat.recv()))["type"] != "reply.completed":
            pass
        took_ms = 1000 * (time.perf_counter() - began)
    require_answer(event["text"])
    return took_ms


def require_answer(text: str) -> None:
    if "30 days" not in text:
        raise AssertionError(f"not the answer: {text!r}")
