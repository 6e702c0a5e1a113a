"""A GGUF model in this process, run by llama.cpp, on the GPU if there is one.

A crash in llama.cpp ends the whole process. This engine therefore works only where it is allowed to: in the worker of
its own queue, never in a web process.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from assistant.llm.engines import gguf, tokenizer
from assistant.llm.engines.base import Delta, EngineError, EngineUnavailable, Prompt, Usage, prompt_text
from assistant.llm.engines.gguf import Ending

logger = logging.getLogger(__name__)


class LlamaCppEngine:
    """Writes one answer at a time in its own thread, and loads the weights at the first question."""

    def __init__(
        self,
        name: str,
        *,
        path: str,
        tokenizer_dir: str,
        allowed: bool = False,
        context_tokens: int = 4_096,
        gpu_layers: int = -1,
        threads: int = 1,
    ) -> None:
        self.name = name
        self.path = Path(path)
        self.model = f"local/{self.path.stem}"
        self.allowed = allowed
        self.context_tokens = context_tokens
        self.thinking_tokens = 0
        self.gpu_layers = gpu_layers
        self.threads = threads
        self._count_o200k = tokenizer.counter(tokenizer_dir)
        self._runtime: gguf.Runtime | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llama")

    def count_tokens(self, text: str) -> int:
        """Count with the model's own tokenizer once it is loaded; before that with o200k, about a tenth lower."""
        own = self._runtime.count_tokens(text) if self._runtime else None
        return self._count_o200k(text) if own is None else own

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """See Engine.stream. Closing the generator stops the model at its next token."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | Ending | EngineError] = asyncio.Queue()
        stopped = threading.Event()

        def say(piece: str | Ending | EngineError) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def say_how_it_ended(answer: Future[None]) -> None:
            if error := answer.exception():
                say(error if isinstance(error, EngineError) else failure(error))

        self._thread.submit(self._answer, prompt, say, stopped).add_done_callback(say_how_it_ended)
        said: list[str] = []
        try:
            while isinstance(piece := await pieces.get(), str):
                said.append(piece)
                yield Delta(piece)
        finally:
            stopped.set()
        if isinstance(piece, EngineError):
            raise piece
        yield Delta(usage=piece.usage or self._counted(prompt, "".join(said)), finish_reason=piece.finish_reason)

    def _answer(self, prompt: Prompt, say: gguf.Say, stopped: threading.Event) -> None:
        """Runs in the engine's thread."""
        if not stopped.is_set():  # otherwise it was cancelled while it waited
            say(self._loaded().chat(prompt, say, stopped))

    def _loaded(self) -> gguf.Runtime:
        if self._runtime is None:
            if not self.allowed:
                raise EngineUnavailable("the local model does not run in this process", reason="not_in_this_process")
            if not self.path.exists():
                raise EngineUnavailable(f"no weights at {self.path}", reason="weights_missing")
            self._runtime = gguf.load(self.path, self.context_tokens, self.gpu_layers, self.threads)
            logger.info("%s runs %s, on the GPU: %s", self.name, self.path.name, self._runtime.offloads)
        return self._runtime

    def _counted(self, prompt: Prompt, text: str) -> Usage:
        return Usage(self.count_tokens(prompt_text(prompt)), 0, self.count_tokens(text), counted_locally=True)


def failure(error: BaseException) -> EngineUnavailable:
    return EngineUnavailable(f"llama.cpp failed: {error}", reason="llama_failed")
