"""Read the events of a streamed answer with the SDK's parser, tolerating what many servers send between them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import openai

from assistant.llm.engines.base import EngineUnavailable

DONE = "[DONE]"
DRAIN_S = 0.1  # time after [DONE] to read the end of the body, so that the connection can be reused


class ChunkStream(openai.AsyncStream[object]):
    """Yields chunks as plain JSON, because creating the SDK's objects costs more than all other processing.

    Skips comments, empty events and data that is not a JSON object, such as `data: : keep-alive`, which the SDK would
    treat as a broken chunk. `done`: the server sent [DONE].

    Raises:
        EngineUnavailable: the server sent an error in the stream.
        JSONDecodeError: it sent an incomplete chunk.
    """

    done = False

    async def __stream__(self) -> AsyncIterator[object]:
        events = self._iter_events()
        try:
            async for event in events:
                data = event.data.strip()
                if data.startswith(DONE):
                    self.done = True
                    break
                for chunk in _chunks(data):
                    _raise_error(chunk, event.event)
                    yield chunk
            if self.done:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DRAIN_S):
                        async for _ in events:
                            pass
        finally:
            await self.response.aclose()


def _chunks(data: str) -> list[Any]:
    """Return the chunk; several if the server omitted the empty line between events; none for a keep-alive."""
    if not data.startswith("{"):
        return []
    try:
        return [json.loads(data)]
    except json.JSONDecodeError:
        lines = [line for line in data.splitlines() if line.startswith("{")]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _raise_error(chunk: Any, event: str | None) -> None:
    error = chunk.get("error")
    if not error and event != "error" and chunk.get("object") != "error":
        return
    told = error if isinstance(error, Mapping) else chunk
    message = told.get("message") or (error if isinstance(error, str) else "it says not why")
    raise EngineUnavailable(f"the model server failed: {message!s:.200}", reason="upstream_error")
