"""An engine for any server with the OpenAI API: a cloud provider, vLLM, Ollama, llama.cpp's server."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import httpx2
import openai

from assistant.llm.engines import tokenizer
from assistant.llm.engines.base import (
    Delta,
    EngineError,
    EngineInterrupted,
    EngineRefused,
    EngineUnavailable,
    Prompt,
    Usage,
    counted,
)
from assistant.llm.engines.openai_chunks import Chunk, read_chunk
from assistant.llm.engines.openai_dialect import Dialect
from assistant.llm.engines.openai_stream import ChunkStream
from assistant.llm.engines.openai_transport import Clients, our_errors
from assistant.llm.engines.openai_usage import merged

STEPS_DOWN_MAX = 8
USAGE_WAIT_S = 1.0  # after the finish reason only the usage can follow; some servers keep the connection open instead
# A server that continues past the limit does not know the limit's name. Each chunk has at least one token.
OVERRUN_CHUNKS = 16
FILTER = "content_filter"
# Azure and gateways answer 400 to a prompt that their content filter rejects; see azure_filtered.json.
FILTERED = re.compile(r"'code': 'content_filter'|ResponsibleAIPolicyViolation|content_policy_violation", re.I)


class OpenAICompatibleEngine:
    """Streams chat completions, and remembers while it exists what the server does not support.

    `known` is what an earlier test found out, in the form of `dialect.known()`: see `Dialect`. `reasoning_effort` is
    sent unchanged unless the server refuses it; empty sends none. A reasoning model may write `thinking_max_tokens` in
    addition to its answer, because the servers' limit includes both.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        model: str,
        tokenizer_dir: str,
        api_key: str = "",
        context_tokens: int = 32_768,
        connect_timeout_s: float = 3.0,
        first_token_timeout_s: float = 15.0,
        gap_timeout_s: float = 20.0,
        total_timeout_s: float = 90.0,
        max_stream_bytes: int = 1_048_576,
        proxy_url: str = "",
        reasoning_effort: str = "",
        thinking_max_tokens: int = 0,
        known: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        public_only: bool = False,
    ) -> None:
        self.name = name
        self.model = model
        self.context_tokens = context_tokens
        self.first_token_timeout_s = first_token_timeout_s
        self.gap_timeout_s = gap_timeout_s
        self.total_timeout_s = total_timeout_s
        self.count_tokens = tokenizer.counter(tokenizer_dir)
        self.max_output_tokens = max_output_tokens
        self.reasoning_effort = reasoning_effort
        self.thinking_max_tokens = thinking_max_tokens
        self.dialect = Dialect.from_known(known or {})
        # Reads are timed in `Answer`, chunk by chunk, because headers and pings are not progress.
        timeout = httpx2.Timeout(total_timeout_s, connect=connect_timeout_s, pool=connect_timeout_s)
        self.clients = Clients(base_url, api_key, timeout, max_stream_bytes, proxy_url, public_only=public_only)

    @property
    def thinking_tokens(self) -> int:
        """Return how many reasoning tokens are allowed beside an answer; 0 unless the model is known to reason."""
        thinks = self.dialect.thinks or (self.reasoning_effort not in ("", "none") and self.dialect.reasoning_effort)
        return self.thinking_max_tokens if thinks else 0

    def retire(self) -> None:
        """Close the connections once the running calls have ended."""
        self.clients.retire()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """See Engine.stream. Closing the generator closes the connection, which stops the server."""
        if self.max_output_tokens:
            prompt = dataclasses.replace(prompt, max_tokens=min(prompt.max_tokens, self.max_output_tokens))
        answer = Answer(self, prompt)
        try:
            async with aclosing(answer.deltas()) as deltas:
                async for delta in deltas:
                    yield delta
        except EngineError as error:
            if answer.usage:
                yield Delta(usage=answer.usage)
            if answer.pieces and isinstance(error, EngineUnavailable):
                raise EngineInterrupted(str(error), reason=error.reason) from error
            raise
        yield Delta(usage=answer.used(), finish_reason=answer.finish_reason)

    async def open(self, prompt: Prompt) -> ChunkStream:
        """Send the request, using a simpler form after each refusal that concerns its form.

        A simpler form is remembered only if it works, as the refusal may have had another reason.
        """
        dialect = self.dialect
        for _ in range(STEPS_DOWN_MAX):
            try:
                opened = await self._sent(dialect, prompt)
            except openai.APIStatusError as error:
                simpler = self._simpler(dialect, prompt, error)
                if error.status_code < 500 or simpler.system_role != dialect.system_role:
                    dialect = simpler
                    continue
                dialect, opened = simpler, await self._sent_once_more(simpler, prompt, error)
            if dialect is not self.dialect:
                self.dialect = dialect
            return opened
        raise EngineUnavailable("the server takes no form of request", reason="upstream_invalid")

    def _simpler(self, dialect: Dialect, prompt: Prompt, error: openai.APIStatusError) -> Dialect:
        """Return the simpler form of request to try after this refusal. Raises the refusal if there is none."""
        refusal = f"{error.message} {error.body}"
        if error.status_code == 400 and FILTERED.search(refusal):
            raise EngineRefused("the provider's content filter refused the prompt", reason=FILTER) from error
        simpler = dialect.stepped_down(prompt, error.status_code, refusal, self.reasoning_effort)
        if simpler is None:
            raise error
        return simpler

    async def _sent_once_more(self, dialect: Dialect, prompt: Prompt, failure: openai.APIStatusError) -> ChunkStream:
        """Try a simpler form after a 5xx, which may mean a refusal. If this fails too, raise the original error."""
        try:
            return await self._sent(dialect, prompt)
        except openai.APIStatusError:
            raise failure from None

    async def _sent(self, dialect: Dialect, prompt: Prompt) -> ChunkStream:
        """Send the request like `chat.completions.create`, but without the SDK's objects; see ChunkStream."""
        prompt = replace(prompt, max_tokens=prompt.max_tokens + self.thinking_tokens)
        return await self.clients.here().post(
            "/chat/completions",
            cast_to=object,
            body=dialect.request(prompt, self.model, self.reasoning_effort),
            stream=True,
            stream_cls=ChunkStream,
        )


class Answer:
    """An answer while it streams: its pieces, its finish reason and its time limits."""

    def __init__(self, engine: OpenAICompatibleEngine, prompt: Prompt) -> None:
        self.engine = engine
        self.prompt = prompt
        self.started = time.monotonic()
        self.alive = False  # the model has written something, even if only reasoning
        self.pieces: list[str] = []
        self.hidden: list[str] = []
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.refused = False
        self.allowance = engine.thinking_tokens  # of this request; the answer may show that the model needs more
        self.half = ""  # a high surrogate whose other half is in the next chunk
        self.words = 0  # chunks with output of the model
        self.words_with_finish = 0  # those of them that also have a finish reason

    async def deltas(self) -> AsyncGenerator[Delta, None]:
        with our_errors(self.engine.clients.secret), self.engine.clients.in_use():
            async with asyncio.timeout(self.engine.first_token_timeout_s):
                stream = await self.engine.open(self.prompt)
            structured = self.engine.dialect.is_structured(self.prompt)
            try:
                chunks = aiter(stream)
                while (chunk := await self._next(chunks)) is not None:
                    read = self._read(chunk)
                    if read.text or read.hidden:
                        yield Delta(read.text, read.hidden, structured, self.usage)
                    if self._overran():
                        break
            finally:
                await stream.close()
        if self.finish_reason is None or not (self.has_ended or stream.done):
            raise EngineUnavailable("the stream ended without a finish reason", reason="upstream_cut")
        self._learn()
        if self.refused:
            self.finish_reason = FILTER
        elif self.finish_reason == "length" and not self.pieces:
            kind = EngineUnavailable if self.engine.thinking_tokens > self.allowance else EngineRefused
            raise kind("the model thought until the token limit", reason="only_thoughts")

    def _learn(self) -> None:
        dialect = self.engine.dialect.having_read("".join(self.pieces))
        if self.hidden or (self.usage and self.usage.reasoning_tokens):
            dialect = replace(dialect, thinks=not self.refused or dialect.thinks)
        if self.usage and self.usage.prompt_cached_tokens:
            dialect = replace(dialect, cached_tokens=True)
        if dialect != self.engine.dialect:
            self.engine.dialect = dialect

    async def _next(self, chunks: AsyncIterator[object]) -> Any:
        """Return the next chunk, or None at the end."""
        try:
            async with asyncio.timeout(self._wait_s()):
                return await anext(chunks, None)
        except TimeoutError:
            if self.has_ended:
                return None  # the answer is complete; the usage is counted locally
            raise

    @property
    def has_ended(self) -> bool:
        """Return whether the finish reason can be trusted. Some servers send one with every chunk from the first on."""
        if self.finish_reason is None or self.words == 0:
            return False
        return self.words_with_finish == 0 or (self.words_with_finish == 1 and self.words > 1)

    def _wait_s(self) -> float:
        """Return how long to wait for the next chunk. Reasoning counts as progress, but within the total limit."""
        spent = time.monotonic() - self.started
        if not self.alive:
            return max(0.0, self.engine.first_token_timeout_s - spent)
        gap_s = USAGE_WAIT_S if self.has_ended else self.engine.gap_timeout_s
        return max(0.0, min(gap_s, self.engine.total_timeout_s - spent))

    def _read(self, chunk: Any) -> Chunk:
        """Record the contents of a chunk. Output after a finish reason cancels that reason."""
        try:
            read = read_chunk(chunk)
        except (AttributeError, LookupError, TypeError, ValueError) as error:  # valid JSON, but not a chunk
            raise EngineUnavailable(f"no chunk of a chat: {error}", reason="upstream_invalid") from error
        read = read._replace(text=self._joined(read.text)) if self.half or not read.text.isascii() else read
        self.usage = merged(self.usage, read.usage)
        self.refused = self.refused or read.is_refusal
        self.finish_reason = read.finish_reason or (None if read.is_alive else self.finish_reason)
        self.alive = self.alive or read.is_alive
        self.words += read.is_alive
        self.words_with_finish += read.is_alive and read.finish_reason is not None
        self.pieces += [read.text] if read.text else []
        self.hidden += [read.hidden] if read.hidden else []
        return read

    def _joined(self, text: str) -> str:
        """Join a surrogate pair that was split between two chunks; replace an unpaired surrogate."""
        text = self.half + text
        self.half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        whole = text.removesuffix(self.half) if self.half else text
        return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _overran(self) -> bool:
        """Return whether the server ignored the token limit. If so, use the limit's old name from now on."""
        if self.has_ended or len(self.pieces) <= self.prompt.max_tokens + OVERRUN_CHUNKS:
            return False
        self.finish_reason, self.words_with_finish = "length", 0
        if not self.engine.thinking_tokens:  # otherwise the server's limit was higher
            self.engine.dialect = self.engine.dialect.with_old_limit()
        return True

    def used(self) -> Usage:
        written = "".join([*self.hidden, *self.pieces])
        return counted(self.usage, self.prompt, written, self.engine.count_tokens)
