"""Read the chunks of a streamed chat completion, tolerating the differences between providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assistant.llm.engines.base import EngineUnavailable, Usage
from assistant.llm.engines.openai_usage import usage_from

# Fields with reasoning. If a server sends the same text under two names, the first is used.
REASONING = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
FINISH_REASONS = {
    **dict.fromkeys(("end_turn", "stop_sequence", "eos", "eos_token", "completed", "complete"), "stop"),
    **dict.fromkeys(("max_tokens", "max_output_tokens", "model_length"), "length"),
    **dict.fromkeys(
        ("safety", "recitation", "blocklist", "prohibited_content", "spii", "sensitive", "refusal", "content_filtered"),
        "content_filter",
    ),
}
FAILURES = {"error", "abort", "aborted", "cancelled", "network_error", "insufficient_system_resource"}


class Chunk(NamedTuple):  # created for every token
    """`hidden` is output that is not shown: reasoning, and a refusal in its own field.

    `is_alive`: the model wrote something, even if only reasoning.
    """

    text: str = ""
    hidden: str = ""
    is_alive: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None
    is_refusal: bool = False


def read_chunk(chunk: Mapping[str, Any]) -> Chunk:
    """Read one chunk. Fields that the API requires may be missing, as some servers leave them out.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: it is not a chunk of a chat completion.
        EngineUnavailable: the server reports that the model failed.
    """
    choice = chunk["choices"][0] if chunk.get("choices") else {}
    delta = choice.get("delta") or {}
    finish_reason, usage = _finish_reason(choice.get("finish_reason")), _usage(chunk, choice)
    content = delta.get("content")
    if isinstance(content, str) and len(delta) <= 1 + ("role" in delta):
        return Chunk(content, "", bool(content), finish_reason, usage)
    refusal = delta.get("refusal")
    thoughts = next((delta[name] for name in REASONING if delta.get(name)), None)
    return Chunk(
        text=_text(content, thinking=False),
        hidden=_text(content, thinking=True) + _text(thoughts, thinking=False) + _text(refusal, thinking=False),
        is_alive=any(value for name, value in delta.items() if name != "role"),
        finish_reason=finish_reason,
        usage=usage,
        is_refusal=bool(refusal),
    )


def _finish_reason(told: Any) -> str | None:
    if not isinstance(told, str) or not told or told == "null":
        return None
    reason = told.lower()
    if reason in FAILURES:
        raise EngineUnavailable(f"the model server ended the answer with {reason!r}", reason="upstream_error")
    return FINISH_REASONS.get(reason, reason)


def _text(content: Any, *, thinking: bool) -> str:
    """Return the text of a string or of a list of parts: only reasoning with `thinking`, otherwise only the rest."""
    if isinstance(content, str):
        return "" if thinking else content
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        return ""
    return "".join(_part(part) for part in content if (_kind(part) == "thinking") == thinking)


def _kind(part: Any) -> str:
    kind = part.get("type") if isinstance(part, Mapping) else ""
    return "thinking" if kind in ("thinking", "reasoning") else ""


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    words = next((part[name] for name in ("text", "thinking", "reasoning", "summary") if part.get(name)), "")
    return _text(words, thinking=False)


def _usage(chunk: Mapping[str, Any], choice: Mapping[str, Any]) -> Usage | None:
    """Return the usage from any of the places where servers report it."""
    groq = chunk.get("x_groq")
    return (
        usage_from(chunk.get("usage"))
        or usage_from(choice.get("usage"))
        or (usage_from(groq.get("usage")) if isinstance(groq, Mapping) else None)
    )
