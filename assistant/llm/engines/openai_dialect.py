"""What a server with the OpenAI API supports: known from a test, or learnt from its refusals.

Servers differ in structured output, the name of the token limit, usage in streams, temperature, reasoning effort, and
the role for instructions. A request starts with the newest form of each and steps down when it is refused.
"""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from assistant.llm.engines.base import Message, Picture, Prompt

# Patterns in a refusal that show which part of the request is not supported.
CONCERNS = {
    "turns": re.compile(r"roles? must alternate|alternating|consecutive (?:user|messages)|must alternate", re.I),
    "instructions": re.compile(
        r"system.{0,40}\b(?:role|message|prompt|instruction)|\brole.{0,60}\b(?:system|developer)|"
        r"developer.{0,20}\b(?:role|message|instruction)|"
        r"\broles? (?:are|is) (?:supported|allowed)|(?:unexpected|unknown|invalid|unsupported) (?:message )?role|"
        r"messages.{0,30}\brole\b",
        re.I | re.S,
    ),
    "format": re.compile(r"response_format|json_schema|json_object|schema|grammar|structured", re.I),
    "limit": re.compile(r"max_completion_tokens|max_tokens", re.I),
    "usage": re.compile(r"stream_options|include_usage", re.I),
    "temperature": re.compile(r"temperature", re.I),
    "effort": re.compile(r"reasoning|effort|\bthink", re.I),
}
# These concern the prompt, not the form, so stepping down would not help.
ABOUT_THE_PROMPT = re.compile(r"context|too long|too many tokens|maximum.{0,20}length|content.?policy|moderation", re.I)
STEPPABLE_STATUS = (400, 422, 500, 501)
REFUSAL_MAX_CHARS = 2_000  # how much of a refusal is searched
ALONE = re.compile(r"</\s?think", re.I)
OPENED = re.compile(r"<\s?think", re.I)
WORDS = {  # the fields of a Dialect that are not true or false
    "system_role": ("system", "developer", "user"),
    "token_limit_field": ("max_completion_tokens", "max_tokens"),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server supports, which decides the form of requests. Frozen: a step down returns a new one.

    `from_known` and `known` convert it from and to plain JSON values for storage. The last three fields do not affect
    requests; other code reads them.
    """

    stream_usage: bool = True  # stream_options
    json_schema: bool = True  # response_format
    json_object: bool = True  # tried if json_schema is not supported
    system_role: str = "system"  # then developer, then user: instructions become the start of the first question
    temperature: bool = True
    token_limit_field: str = "max_completion_tokens"  # then max_tokens
    reasoning_effort: bool = True  # reasoning_effort, if the engine has one to send
    thinks_aloud: bool = False  # its reasoning ends with a closing tag but has no opening one
    writes_prose: bool = False  # without structured output it answered in prose, without reasoning in the text
    thinks: bool = False  # it has written reasoning in any form, or reported reasoning tokens
    tools: bool | None = None
    vision: bool | None = None
    cached_tokens: bool | None = None  # its usage reports cached tokens

    @classmethod
    def from_known(cls, known: Mapping[str, Any]) -> Dialect:
        """Return the dialect with what is known about a server; ignore unknown names and invalid values."""
        fields = {each.name for each in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in known.items() if name in fields and _fits(name, value)})

    def known(self) -> dict[str, bool | str]:
        """Return everything that is known or assumed as plain JSON values, for `from_known`."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}

    def request(self, prompt: Prompt, model: str, effort: str = "") -> dict[str, Any]:
        """Return the body of a request for a streamed chat completion."""
        body: dict[str, Any] = {
            "model": model,
            "messages": self._messages(prompt),
            "stream": True,
            self.token_limit_field: prompt.max_tokens,
        }
        if self.temperature:
            body["temperature"] = prompt.temperature
        if self.stream_usage:
            body["stream_options"] = {"include_usage": True}
        if effort and self.reasoning_effort:
            body["reasoning_effort"] = effort
        if prompt.schema is not None and self.format != "none":
            body["response_format"] = self._response_format(prompt)
        return body

    @property
    def format(self) -> str:
        """Return how a schema is sent: json_schema, json_object or none."""
        if self.json_schema:
            return "json_schema"
        return "json_object" if self.json_object else "none"

    def _messages(self, prompt: Prompt) -> list[dict[str, Any]]:
        """Return the messages in the form the server accepts, with the pictures in the last one."""
        messages = self._turns(prompt)
        if prompt.pictures:
            parts = [{"type": "text", "text": messages[-1]["content"]}, *map(_picture, prompt.pictures)]
            messages[-1] = messages[-1] | {"content": parts}
        return messages

    def _turns(self, prompt: Prompt) -> list[dict[str, Any]]:
        """Return the turns in the form the server accepts.

        A server without a role for instructions also requires alternating roles, so turns of the same role are joined.
        """
        roles = [(self.system_role if each.role == "system" else each.role, each) for each in prompt.messages]
        if self.system_role != "user":
            return [{"role": role, "content": each.content} for role, each in roles]
        turns = groupby(roles, key=lambda turn: turn[0])
        return [{"role": role, "content": _joined([each for _, each in same])} for role, same in turns]

    def _response_format(self, prompt: Prompt) -> dict[str, Any]:
        if self.format == "json_object":
            return {"type": "json_object"}
        schema = {"name": "reply", "strict": True, "schema": prompt.schema}
        return {"type": "json_schema", "json_schema": schema}

    def is_structured(self, prompt: Prompt) -> bool:
        """Return whether prose before the JSON is not part of the answer, or may not be."""
        if prompt.schema is None:
            return False
        return self.format != "none" or self.thinks_aloud or not self.writes_prose

    def having_read(self, answer: str) -> Dialect:
        """Return the dialect with what a complete answer shows about the server."""
        if ALONE.search(answer):
            return dataclasses.replace(self, thinks=True, thinks_aloud=self.thinks_aloud or not OPENED.search(answer))
        if self.format == "none" and "{" not in answer:
            return dataclasses.replace(self, writes_prose=True)
        return self

    def stepped_down(self, prompt: Prompt, status: int, refusal: str, effort: str = "") -> Dialect | None:
        """Return the next simpler form after this refusal, or None if the form was not the cause.

        A refusal that names no part steps down only the format: half of the servers without json_schema say just
        "bad request", or fail with a 500.
        """
        if status not in STEPPABLE_STATUS:
            return None
        refusal = refusal[:REFUSAL_MAX_CHARS]
        named = [part for part, words in CONCERNS.items() if words.search(refusal)]
        if not named and (status == 400 and ABOUT_THE_PROMPT.search(refusal)):
            return None
        if self.token_limit_field == "max_tokens" and "max_completion_tokens" in refusal:  # the stored value was wrong
            return dataclasses.replace(self, token_limit_field="max_completion_tokens")
        steps = (self._without(part, prompt, effort) for part in named or ["format"])
        return next((simpler for simpler in steps if simpler), None)

    def with_old_limit(self) -> Dialect:
        return dataclasses.replace(self, token_limit_field="max_tokens")

    def _without(self, part: str, prompt: Prompt, effort: str) -> Dialect | None:
        if part in ("turns", "instructions"):
            return self._with_other_role(part, prompt)
        if part == "format":
            return self._with_simpler_format(prompt)
        if part == "limit":
            return self.with_old_limit() if self.token_limit_field != "max_tokens" else None
        sent = {"usage": "stream_usage", "temperature": "temperature", "effort": "reasoning_effort"}.get(part, "")
        if not getattr(self, sent, False) or (part == "effort" and not effort):
            return None
        without: dict[str, Any] = {sent: False}
        return dataclasses.replace(self, **without)

    def _with_simpler_format(self, prompt: Prompt) -> Dialect | None:
        if prompt.schema is None or self.format == "none":
            return None
        return dataclasses.replace(self, json_schema=False, json_object=self.json_schema and self.json_object)

    def _with_other_role(self, part: str, prompt: Prompt) -> Dialect | None:
        has_any = any(message.role == "system" for message in prompt.messages)
        if self.system_role == "user" or not (has_any or part == "turns"):
            return None
        other = "developer" if self.system_role == "system" and part == "instructions" else "user"
        return dataclasses.replace(self, system_role=other)


def _picture(picture: Picture) -> dict[str, Any]:
    url = f"data:image/jpeg;base64,{base64.b64encode(picture.jpeg).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def _fits(name: str, value: Any) -> bool:
    return value in WORDS[name] if name in WORDS else isinstance(value, bool)


def _joined(messages: list[Message]) -> str:
    return "\n\n".join(message.content for message in messages)
