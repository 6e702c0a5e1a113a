"""What the fake server is told to do: by POST /control for all requests, or by the model's name for one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from tools.fake_openai.oddities import CONTENTS

STATUS_MODES = {"400": 400, "401": 401, "404": 404, "429": 429, "500": 500, "503": 503}
STREAM_MODES = (
    "ok",
    "hang",  # takes the request and says nothing
    "slow_headers",  # headers only after `delay_s`
    "slow_first_token",  # headers at once, the first token after `delay_s`
    "drip",  # a token every `delay_s`
    "cut",  # the connection is gone after `after_chunks`
    "no_finish",  # ends in order, but without finish_reason and [DONE]
    "error_in_stream",  # data: {"error": ...} after `after_chunks`
    "bad_json",
    "html",  # a page, with status 200
    "wrong_type",  # a right stream under a wrong content type
    "huge",  # 50 MB of answer
    "huge_line",  # 50 MB without a line's end
    "duplicates",  # every chunk twice
    "empty_choices",  # chunks without choices between the others
    "odd_shapes",  # valid JSON that is no chunk
    "length",
    "content_filter",
    "split_utf8",  # characters cut over network packets
    "crlf",  # lines that end as in HTTP, cut over network packets
    "bad_utf8",  # bytes that are no characters
    "no_stream",  # one JSON answer although a stream was asked for
    "no_done",  # all is there, but the line stays open
    "finish_everywhere",  # finish_reason "stop" in every chunk
    "keep_alive",  # comments, empty events and data that is no JSON between the chunks
    "reasoning_field",  # thoughts in fields of their own, a word every `delay_s`
    "bare_newlines",  # real line breaks in the strings of the JSON
    "zero_usage",
    "no_completion_tokens",
    *CONTENTS,
)
MODES = (*STATUS_MODES, *STREAM_MODES)
REFUSED_FIELDS = {  # of requests, by the field of Behaviour that says whether the server takes them
    "stream_options": "Unrecognized request argument supplied: stream_options",
    "temperature": "Unsupported value: 'temperature' does not support 0.0 with this model",
    "max_tokens": "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
    "reasoning_effort": "Unrecognized request argument supplied: reasoning_effort",
}
DEFAULT_DELAY_S = {"slow_headers": 5.0, "slow_first_token": 5.0, "drip": 10.0}


@dataclass(frozen=True)
class Behaviour:
    """Every field can be set by POST /control. `times` counts requests until the mode is "ok" again."""

    mode: str = "ok"
    times: int | None = None
    recording: str = ""  # plays this one back; a path that begins with /as/NAME does so for one request
    answer: str | None = None  # instead of the first passage of the prompt
    action: str | None = None
    obedient: bool = False  # does what lines beginning with DO: in the prompt say
    delay_s: float | None = None
    after_chunks: int = 3
    first_token_s: float = 0.0
    tokens_per_s: float = 0.0  # 0: at once
    retry_after_s: float | None = None
    # What poorer servers lack.
    usage_in_stream: bool = True  # False: stream_options is ignored
    stream_options: bool = True  # False: stream_options is refused
    json_schema: bool = True
    json_schema_refusal: int = 400  # some fail with a 500 instead
    json_object: bool = True
    max_completion_tokens: str = "known"  # or "refused", or "ignored"
    max_tokens: bool = True
    reasoning_effort: bool = True
    temperature: bool = True
    instructions: str = "system"  # or "developer", or "user": roles before it are refused
    cached_tokens: int = 0  # told in the usage
    key: str = ""  # another one is refused, and repeated in the refusal, as some servers do
    model: str = ""  # another one is not known
    picture: bool = True  # False: pictures are refused

    def told(self, changes: dict[str, Any]) -> Behaviour:
        """With these fields changed. Raises ValueError for a field or a mode that is not there."""
        unknown = set(changes) - {each.name for each in dataclasses.fields(self)}
        if unknown or changes.get("mode", "ok") not in MODES:
            raise ValueError(f"unknown: {', '.join(sorted(unknown)) or changes['mode']}; modes: {', '.join(MODES)}")
        return dataclasses.replace(self, **changes)

    def for_model(self, model: str) -> Behaviour:
        """As the model's name has it: "fake:cut" or "fake:cut:0", the last being delay_s or after_chunks."""
        _, _, rest = model.partition(":")
        mode, _, number = rest.partition(":")
        if mode not in MODES:
            return self
        if not number:
            return dataclasses.replace(self, mode=mode)
        return dataclasses.replace(self, mode=mode, delay_s=float(number), after_chunks=int(float(number)))

    @property
    def pause_s(self) -> float:
        return DEFAULT_DELAY_S.get(self.mode, 0.0) if self.delay_s is None else self.delay_s

    def refusal(self, body: dict[str, Any]) -> tuple[int, str] | None:
        """Status and message, when this server does not know something that was asked of it."""
        asked = (body.get("response_format") or {}).get("type")
        if asked == "json_schema" and not self.json_schema:
            return self.json_schema_refusal, "response_format: json_schema is not supported"
        if asked == "json_object" and not self.json_object:
            return 400, "response_format: json_object is not supported"
        if "max_completion_tokens" in body and self.max_completion_tokens == "refused":
            return 400, "Unrecognized request argument supplied: max_completion_tokens"
        for name, sentence in REFUSED_FIELDS.items():
            if name in body and not getattr(self, name):
                return 400, sentence
        if not self.picture and "image_url" in str(body.get("messages")):
            return 400, "this model takes text alone"
        return self._refused_role({message.get("role") for message in body.get("messages") or []})

    def refused_caller(self, headers: dict[str, str], model: str) -> tuple[int, str] | None:
        """Status and message, when this server does not know the key or the model."""
        key = headers.get("authorization", "").removeprefix("Bearer ")
        if self.key and key != self.key:
            return 401, f"Incorrect API key provided: {key}."
        if self.model and model.partition(":")[0] != self.model:
            return 404, f"The model `{model}` does not exist or you do not have access to it."
        return None

    def _refused_role(self, roles: set[str]) -> tuple[int, str] | None:
        if "system" in roles and self.instructions != "system":
            return 400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."
        if "developer" in roles and self.instructions == "user":
            return 400, "Developer instruction is not enabled for this model"
        return None


@dataclass
class Seen:
    """One request as the log shows it."""

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    mode: str
    at: float
    query: str = ""
    chunks: int = 0
    ended: str | None = None  # "answered", "left" by the asker, or None while it is open
    took_s: float | None = None
