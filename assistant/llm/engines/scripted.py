"""An engine with scripted answers, for tests and for trying a page without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from assistant.llm.engines.base import Delta, Prompt, Usage, prompt_text

Answer = str | Sequence[str | Delta] | Exception
Line = Answer | Callable[[Prompt], Answer]


class ScriptedEngine:
    """Returns the answers of `script` one after the other, and repeats the last one.

    A line is a text, a list of pieces, an exception to raise, or a function of the prompt that returns one of these. An
    exception in a list of pieces is raised at its place. A Delta is yielded unchanged, with its reasoning or finish
    reason.
    """

    def __init__(
        self,
        name: str,
        *,
        script: Sequence[Line] = ("",),
        delay_s: float = 0.0,
        model: str = "scripted",
        context_tokens: int = 8_192,
    ) -> None:
        self.name = name
        self.model = model
        self.context_tokens = context_tokens
        self.thinking_tokens = 0
        self.script: list[Line] = list(script)
        self.delay_s = delay_s  # before each piece
        self.held: asyncio.Event | None = None  # every stream waits for it before it starts
        self.gate: asyncio.Event | None = None  # every stream waits for it before the last piece
        self.asked: list[Prompt] = []
        self.closed = 0  # streams that were closed early

    def count_tokens(self, text: str) -> int:
        """Return the number of words, which is accurate enough for tests."""
        return len(text.split())

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        self.asked.append(prompt)
        pieces = self._pieces(prompt)
        said, finish_reason = [], "stop"
        try:
            if self.held:
                await self.held.wait()
            for left, piece in enumerate(pieces, start=1 - len(pieces)):
                await asyncio.sleep(self.delay_s)
                if self.gate and not left:
                    await self.gate.wait()
                if isinstance(piece, Exception):
                    raise piece
                delta = piece if isinstance(piece, Delta) else Delta(piece)
                said.append(delta.hidden + delta.text)
                finish_reason = delta.finish_reason or finish_reason
                yield delta
        except (asyncio.CancelledError, GeneratorExit):
            self.closed += 1
            raise
        usage = Usage(self.count_tokens(prompt_text(prompt)), 0, self.count_tokens("".join(said)))
        yield Delta(usage=usage, finish_reason=finish_reason)

    def _pieces(self, prompt: Prompt) -> Sequence[str | Delta | Exception]:
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        answer = line(prompt) if callable(line) else line
        return [answer] if isinstance(answer, str | Exception) else answer
