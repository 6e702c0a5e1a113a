"""What a server with the OpenAI API understands, learnt from its refusals.

Servers differ in four things: structured output, the name of the token limit, usage in streams and
temperature. A request starts with the newest form of each and steps down when it is refused.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from assistant.engines.base import Prompt

# Words in a refusal that say which part of the request was not understood.
CONCERNS = {
    "format": re.compile(r"response_format|json_schema|json_object|schema|grammar|structured", re.I),
    "limit": re.compile(r"max_completion_tokens|max_tokens", re.I),
    "usage": re.compile(r"stream_options|include_usage", re.I),
    "temperature": re.compile(r"temperature", re.I),
}
# These concern the prompt, not the form: no step down would help.
ABOUT_THE_PROMPT = re.compile(r"context|too long|too many tokens|maximum.{0,20}length|content.?policy|moderation", re.I)
STEPPABLE_STATUS = (400, 422, 500, 501)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The form of request that a server takes. Frozen: a step down gives a new one."""

    format: str = "json_schema"  # then json_object, then none
    limit: str = "max_completion_tokens"  # then max_tokens
    usage: bool = True
    temperature: bool = True

    def request(self, prompt: Prompt, model: str) -> dict[str, Any]:
        """The body of a streamed chat completion."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
            "stream": True,
            self.limit: prompt.max_tokens,
        }
        if self.temperature:
            body["temperature"] = prompt.temperature
        if self.usage:
            body["stream_options"] = {"include_usage": True}
        if prompt.schema is not None and self.format != "none":
            body["response_format"] = self._response_format(prompt)
        return body

    def _response_format(self, prompt: Prompt) -> dict[str, Any]:
        if self.format == "json_object":
            return {"type": "json_object"}
        schema = {"name": "reply", "strict": True, "schema": prompt.schema}
        return {"type": "json_schema", "json_schema": schema}

    def stepped_down(self, prompt: Prompt, status: int, refusal: str) -> Dialect | None:
        """The next simpler form after this refusal, or None when the form was not at fault.

        A refusal that names no part steps the format down, and after it nothing: half of the
        servers that lack json_schema say only "bad request", or fail with a 500.
        """
        if status not in STEPPABLE_STATUS:
            return None
        named = next((part for part, words in CONCERNS.items() if words.search(refusal)), None)
        if named is None and (status == 400 and ABOUT_THE_PROMPT.search(refusal)):
            return None
        return self._without(named or "format", asked_format=prompt.schema is not None)

    def with_old_limit(self) -> Dialect:
        return dataclasses.replace(self, limit="max_tokens")

    def _without(self, part: str, *, asked_format: bool) -> Dialect | None:
        if part == "format" and asked_format and self.format != "none":
            simpler = "json_object" if self.format == "json_schema" else "none"
            return dataclasses.replace(self, format=simpler)
        if part == "limit" and self.limit != "max_tokens":
            return self.with_old_limit()
        if part == "usage" and self.usage:
            return dataclasses.replace(self, usage=False)
        if part == "temperature" and self.temperature:
            return dataclasses.replace(self, temperature=False)
        return None
