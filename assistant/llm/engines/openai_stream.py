"""The events of a streamed answer, read by the SDK's own parser and forgiving what many servers put between them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import openai

from assistant.llm.engines.base import EngineUnavailable

DONE = "[DONE]"
DRAIN_S = 0.1  # after [DONE], for the end of the body: only then can the connection be used again


class ChunkStream(openai.AsyncStream[object]):
    """The chunks as the JSON they are: the SDK's objects cost more than all else that is done to a chunk.

    Comments, empty events, and data that is no JSON object, as `data: : keep-alive`, are passed over. The SDK reads the
    first of them as a broken chunk. `done` says that the server has said so itself.

    Raises:
        EngineUnavailable: the server wrote an error into its stream.
        JSONDecodeError: it wrote half a chunk.
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
    """One chunk; several where a server forgot the empty line between its events; none in what keeps a line alive."""
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
