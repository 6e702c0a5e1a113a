"""A streamed chat completion, with all the ways in which it can go wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from tools.fake_openai import answers, oddities
from tools.fake_openai.behaviour import Behaviour
from tools.fake_openai.oddities import Cut, event

HUGE_BYTES = 50_000_000
DONE = b"data: [DONE]\n\n"


class Chat:
    """The bytes of one answer, piece by piece."""

    def __init__(self, body: dict[str, Any], behaviour: Behaviour, number: int) -> None:
        self.body = body
        self.behaviour = behaviour
        self.number = number
        self.mode = behaviour.mode
        self.pieces = answers.tokens(oddities.dressed(answers.answer(body, behaviour), self.mode))
        limit = body.get("max_tokens")
        if limit is None and behaviour.max_completion_tokens == "known":
            limit = body.get("max_completion_tokens")
        self.cut_by_limit = limit is not None and len(self.pieces) > limit
        self.pieces = self.pieces[:limit]

    def chunk(self, delta: dict[str, Any] | None, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
        if self.mode == "finish_everywhere":
            finish_reason = finish_reason or "stop"
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        return {
            "id": f"chatcmpl-fake-{self.number}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self.body.get("model", "fake"),
            "choices": choices,
            **more,
        }

    @property
    def finish_reason(self) -> str:
        if self.mode in ("length", "content_filter"):
            return self.mode
        return "length" if self.cut_by_limit else "stop"

    def whole(self) -> dict[str, Any]:
        """The answer to a request that asked for no stream."""
        message = {"role": "assistant", "content": "".join(self.pieces)}
        return {
            "id": f"chatcmpl-fake-{self.number}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.body.get("model", "fake"),
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason}],
            "usage": self.usage(),
        }

    def usage(self) -> dict[str, Any]:
        return oddities.usage(answers.usage(self.body, len(self.pieces), self.behaviour), self.mode)

    async def over_the_wire(self) -> AsyncGenerator[bytes, None]:
        """What goes over the wire, each in a packet of its own. Raises Cut where the line is to break."""
        if self.mode in ("huge", "huge_line"):
            for packet in self.huge():
                yield packet
            return
        yield event(self.chunk({"role": "assistant", "content": ""}))
        await asyncio.sleep(self.behaviour.pause_s if self.mode == "slow_first_token" else self.behaviour.first_token_s)
        for delta in oddities.thoughts(self.mode):
            yield event(self.chunk(delta))
            await asyncio.sleep(self.behaviour.pause_s)
        for place, piece in enumerate(self.pieces):
            self.break_at(place)
            for packet in self.packets(place, piece):
                yield packet
            await self.pause()
        self.break_at(None)
        async for packet in self.end():
            yield packet

    def break_at(self, place: int | None) -> None:
        """Drop the line after `after_chunks`, or at the end of an answer that is shorter."""
        if self.mode == "cut" and place in (None, self.behaviour.after_chunks):
            raise Cut

    async def pause(self) -> None:
        if self.mode == "drip":
            await asyncio.sleep(self.behaviour.pause_s)
        elif self.behaviour.tokens_per_s:
            await asyncio.sleep(1 / self.behaviour.tokens_per_s)

    def packets(self, place: int, piece: str) -> Iterator[bytes]:
        whole = event(self.chunk({"content": piece}))
        yield from oddities.between(place, self.mode)
        if place == self.behaviour.after_chunks:
            yield oddities.FAULTS.get(self.mode, b"")
        yield from oddities.packets(whole, self.mode)
        if self.mode == "duplicates":
            yield whole
        if self.mode == "empty_choices":
            yield event(self.chunk(None))

    async def end(self) -> AsyncGenerator[bytes, None]:
        if self.mode == "no_finish":
            return
        yield event(self.chunk({}, self.finish_reason))
        wants_usage = (self.body.get("stream_options") or {}).get("include_usage")
        if wants_usage and self.behaviour.usage_in_stream and self.mode != "no_done":
            yield event(self.chunk(None, usage=self.usage()))
        if self.mode == "no_done":
            await asyncio.sleep(3600)
        yield DONE

    def huge(self) -> Iterator[bytes]:
        block = "x" * 65_536
        if self.mode == "huge_line":
            yield b'data: {"choices": [{"delta": {"content": "'
        for _ in range(HUGE_BYTES // len(block)):
            yield block.encode() if self.mode == "huge_line" else event(self.chunk({"content": block}))
