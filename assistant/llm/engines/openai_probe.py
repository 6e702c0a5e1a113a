"""Find out with a few tiny requests what a server with the OpenAI API supports.

Each step makes one to three requests and adds to what is known, under the names of `Dialect`. The steps in `NEEDED`
show whether the server and model can be used at all; if another step fails, only its feature is unsupported.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import openai

from assistant.llm.engines.openai_chunks import read_chunk
from assistant.llm.engines.openai_failures import Failure, explain
from assistant.llm.engines.openai_stream import ChunkStream
from assistant.llm.engines.openai_transport import Clients

MAX_BYTES = 262_144
ANSWER_TOKENS = 256  # enough for a model that reasons before it says "OK"
COUNT_TOKENS = 16  # limit of a long answer, to see whether the server applies it
COUNT_SLACK = 16
SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "note", "description": "Write a note.", "parameters": SCHEMA}}
PICTURE = (  # 32 by 32 pixels of one colour
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAALElEQVR42u3NQQEAQAQAMK6AaAron+NK8NsKLGs6Lr04"
    "JhAIBAKBQCAQCLZ8XkIA+j66gT8AAAAASUVORK5CYII="
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one step: `known` with the names of `Dialect`, and a sentence for staff."""

    sentence: str
    known: dict[str, Any] = field(default_factory=dict)
    has: bool = True  # the server supports it
    failure: Failure | None = None  # why the test cannot continue
    said: str = ""  # the server's text, if it is known to be a model server


class Probe:
    """Runs the steps of a test. It raises nothing: every failure becomes a Finding."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        *,
        timeout_s: float,
        proxy_url: str = "",
        public_only: bool = False,
    ) -> None:
        self.base_url = base_url
        self.key = api_key
        self.model = model
        self.timeout_s = timeout_s
        timeout = httpx2.Timeout(timeout_s)
        self.clients = Clients(base_url, api_key, timeout, MAX_BYTES, proxy_url, public_only=public_only)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.clients.close()

    async def step(self, name: str, known: Mapping[str, Any]) -> Finding:
        """Run the named step, given the results of the steps before it."""
        try:
            return await STEPS[name](self, known)
        except Exception as error:  # a server may do anything, and staff need to see it
            failure = explain(error, key=self.key, base_url=self.base_url, model=self.model, names=known.get("names"))
            if name in NEEDED:
                return Finding(failure.sentence, has=False, failure=failure)
            return Finding(failure.sentence, UNSUPPORTED.get(name, {}), has=False, said=failure.said)

    # --- requests ---

    def body(self, known: Mapping[str, Any], content: Any = "Reply with OK.", **more: Any) -> dict[str, Any]:
        limit = {known.get("token_limit_field", "max_completion_tokens"): ANSWER_TOKENS}
        return {"model": self.model, "messages": [{"role": "user", "content": content}], **limit, **more}

    async def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the complete answer. Raises the SDK's errors, and ValueError if it is not a chat completion."""
        async with asyncio.timeout(self.timeout_s):
            answer = await self.clients.here().post("/chat/completions", cast_to=object, body=dict(body))
        if not isinstance(answer, dict) or not answer.get("choices"):
            raise ValueError("no chat completion")
        return answer

    async def takes(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the answer; None if the server refuses this form of request."""
        try:
            return await self.ask(body)
        except openai.APIStatusError as error:
            if error.status_code in (400, 404, 422, 500, 501):
                return None
            raise

    async def streamed(self, body: Mapping[str, Any]) -> tuple[list[Any], str]:
        """Return the chunks of a streamed answer, and its text."""
        chunks: list[Any] = []
        async with asyncio.timeout(self.timeout_s):
            stream = await self.clients.here().post(
                "/chat/completions", cast_to=object, body={**body, "stream": True}, stream=True, stream_cls=ChunkStream
            )
            try:
                async for event in stream:
                    chunks.append(read_chunk(cast(Mapping[str, Any], event)))
            finally:
                await stream.close()
        return chunks, "".join(chunk.text for chunk in chunks)

    # --- steps ---

    async def models(self, known: Mapping[str, Any]) -> Finding:
        """Get the list of models, if the server has one. A wrong key or URL shows here first."""
        try:
            async with asyncio.timeout(self.timeout_s):
                listed = await self.clients.here().get("/models", cast_to=object)
        except openai.APIStatusError as error:
            if error.status_code in (401, 403) or 300 <= error.status_code < 400:
                raise
            return Finding("The server lists no models.", has=False)
        rows = listed.get("data") if isinstance(listed, dict) else None
        if not isinstance(rows, list):
            return Finding("The server lists no models.", has=False)
        names = [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]
        is_listed = any(name.removeprefix("models/") == self.model for name in names)
        sentence = f"{len(names)} listed; {self.model} is {'' if is_listed else 'not '}among them."
        return Finding(sentence, {"names": names[:200]}, has=is_listed)

    async def answer(self, known: Mapping[str, Any]) -> Finding:
        try:
            answer = await self.ask(self.body({}))
        except openai.APIStatusError as error:
            if error.status_code not in (400, 422) or "max_completion_tokens" not in f"{error.message} {error.body}":
                raise
            known = {"token_limit_field": "max_tokens"}
            answer = await self.ask(self.body(known))
        thinks = reasoning(answer)
        sentence = "The model answers." if not thinks["thinks"] else "The model answers, after some reasoning."
        return Finding(sentence, {**known_limit(known), **thinks})

    async def stream(self, known: Mapping[str, Any]) -> Finding:
        wanted = {"stream_options": {"include_usage": True}}
        try:
            chunks, _ = await self.streamed(self.body(known, **wanted))
        except openai.APIStatusError:
            chunks, _ = await self.streamed(self.body(known))
            wanted = {}
        if not any(chunk.is_alive for chunk in chunks):
            raise ValueError("an empty stream")
        found: dict[str, Any] = {"stream": True, "stream_usage": bool(wanted)}
        if any(chunk.hidden for chunk in chunks):
            found["thinks"] = True
        if any(chunk.usage for chunk in chunks):
            return Finding("With the tokens at its end.", found)
        return Finding("Without the tokens: they are counted here.", found)

    async def limit(self, known: Mapping[str, Any]) -> Finding:
        """Find the name of the token limit. Some servers accept max_completion_tokens but ignore it."""
        name = known.get("token_limit_field", "max_completion_tokens")
        if name == "max_tokens":
            return Finding("By max_tokens.")
        chunks, _ = await self.streamed(
            {**self.body(known, "Count from 1 to 200, one number after the other."), name: COUNT_TOKENS}
        )
        if sum(chunk.is_alive for chunk in chunks) > COUNT_TOKENS + COUNT_SLACK:
            return Finding("By max_tokens; max_completion_tokens is ignored.", {"token_limit_field": "max_tokens"})
        return Finding("By max_completion_tokens.", {"token_limit_field": name})

    async def instructions(self, known: Mapping[str, Any]) -> Finding:
        for role in ("system", "developer"):
            body = self.body(known)
            body["messages"] = [{"role": role, "content": "Be short."}, *body["messages"]]
            if await self.takes(body):
                return Finding(f"As {role}.", {"system_role": role})
        return Finding("They stand at the head of the question.", {"system_role": "user"}, has=False)

    async def temperature(self, known: Mapping[str, Any]) -> Finding:
        takes = await self.takes(self.body(known, temperature=0))
        return Finding("Accepted." if takes else "Left out of requests.", {"temperature": bool(takes)}, has=bool(takes))

    async def structured(self, known: Mapping[str, Any]) -> Finding:
        """Test structured output. A server that accepts a schema but answers in prose has ignored it."""
        schema = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}
        asked = "Reply with the JSON object whose field ok is true."
        for form, kind in ((schema, "json_schema"), ({"type": "json_object"}, "json_object")):
            answer = await self.takes(self.body(known, asked, response_format=form))
            if answer and is_json(answer):
                found = {"json_schema": kind == "json_schema", "json_object": True}
                return Finding(f"By {kind}.", found)
        return Finding("Answers are read as text.", {"json_schema": False, "json_object": False}, has=False)

    async def tools(self, known: Mapping[str, Any]) -> Finding:
        choice = {"type": "function", "function": {"name": "note"}}
        answer = await self.takes(self.body(known, "Write a note.", tools=[TOOL], tool_choice=choice))
        calls = bool(answer and (answer["choices"][0].get("message") or {}).get("tool_calls"))
        return Finding("Accepted." if calls else "Brevity needs none.", {"tools": calls}, has=calls)

    async def vision(self, known: Mapping[str, Any]) -> Finding:
        parts = [{"type": "text", "text": "Which colour?"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
        sees = bool(await self.takes(self.body(known, parts)))
        return Finding("Accepted." if sees else "Brevity sends none.", {"vision": sees}, has=sees)

    async def cached(self, known: Mapping[str, Any]) -> Finding:
        """Test whether the usage reports cached tokens, on which the price of long conversations depends."""
        usage = (await self.ask(self.body(known))).get("usage")
        details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
        tells = (isinstance(details, dict) and "cached_tokens" in details) or bool(
            usage and {"prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"} & set(usage)
        )
        return Finding(
            "The server reports them." if tells else "The server reports none.", {"cached_tokens": tells}, has=tells
        )


def known_limit(known: Mapping[str, Any]) -> dict[str, Any]:
    return {"token_limit_field": known.get("token_limit_field", "max_completion_tokens")}


def reasoning(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the model reasons before it answers, according to usage, message or tags."""
    usage = answer.get("usage") or {}
    details = usage.get("completion_tokens_details") or {}
    message = answer["choices"][0].get("message") or {}
    thinks = bool(
        details.get("reasoning_tokens")
        or message.get("reasoning_content")
        or message.get("reasoning")
        or "</think" in str(message.get("content") or "")
    )
    return {"thinks": thinks}


def is_json(answer: Mapping[str, Any]) -> bool:
    content = (answer["choices"][0].get("message") or {}).get("content")
    try:
        return isinstance(json.loads(content or ""), dict)
    except (TypeError, ValueError):
        return False


Step = Callable[[Probe, Mapping[str, Any]], Awaitable[Finding]]
STEPS: dict[str, Step] = {
    "models": Probe.models,
    "answer": Probe.answer,
    "stream": Probe.stream,
    "limit": Probe.limit,
    "instructions": Probe.instructions,
    "temperature": Probe.temperature,
    "structured": Probe.structured,
    "tools": Probe.tools,
    "vision": Probe.vision,
    "cached": Probe.cached,
}
NEEDED = ("models", "answer", "stream")  # without these the model cannot be used
UNSUPPORTED: dict[str, dict[str, Any]] = {
    "temperature": {"temperature": False},
    "structured": {"json_schema": False, "json_object": False},
    "tools": {"tools": False},
    "vision": {"vision": False},
}
