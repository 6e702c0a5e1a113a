"""Read the chunks of a streamed chat completion, tolerating the differences between providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from assistant.llm.engines.base import EngineUnavailable, Usage

# Words of the model for itself. Where a server sends one text under two names, the first counts.
REASONING = ("reasoning_content", "reasoning", "reasoning_details", "thinking", "refusal")
FINISH_REASONS = {
    **dict.fromkeys(("end_turn", "stop_sequence", "eos", "eos_token", "completed", "complete"), "stop"),
    **dict.fromkeys(("max_tokens", "max_output_tokens", "model_length"), "length"),
    **dict.fromkeys(
        ("safety", "recitation", "blocklist", "prohibited_content", "spii", "sensitive", "refusal", "content_filtered"),
        "content_filter",
    ),
}
TOKENS_MAX = 10**9  # more is no count of tokens
FAILURES = {"error", "abort", "aborted", "cancelled", "network_error", "insufficient_system_resource"}


class Chunk(NamedTuple):  # one is made for every token
    """`hidden` is what the model wrote for itself. `is_alive` says that it wrote anything, if only to itself."""

    text: str = ""
    hidden: str = ""
    is_alive: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None


def read_chunk(chunk: Mapping[str, Any]) -> Chunk:
    """Servers leave out fields that the API promises.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: it is no chunk of a chat.
        EngineUnavailable: the server says that the model failed.
    """
    choice = chunk["choices"][0] if chunk.get("choices") else {}
    delta = choice.get("delta") or {}
    finish_reason, usage = _finish_reason(choice.get("finish_reason")), _usage(chunk, choice)
    content = delta.get("content")
    if isinstance(content, str) and len(delta) <= 1 + ("role" in delta):
        return Chunk(content, "", bool(content), finish_reason, usage)
    thoughts = next((delta[name] for name in REASONING if delta.get(name)), None)
    return Chunk(
        text=_text(content, thinking=False),
        hidden=_text(content, thinking=True) + _text(thoughts, thinking=False),
        is_alive=any(value for name, value in delta.items() if name != "role"),
        finish_reason=finish_reason,
        usage=usage,
    )


def _finish_reason(told: Any) -> str | None:
    if not isinstance(told, str) or not told or told == "null":
        return None
    reason = told.lower()
    if reason in FAILURES:
        raise EngineUnavailable(f"the model server ended the answer with {reason!r}", reason="upstream_error")
    return FINISH_REASONS.get(reason, reason)


def _text(content: Any, *, thinking: bool) -> str:
    """The text of a string or of a list of parts; of those that are thoughts, or of those that are none."""
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
    """From the places where servers tell it."""
    groq = chunk.get("x_groq")
    return (
        usage_from(chunk.get("usage"))
        or usage_from(choice.get("usage"))
        or (usage_from(groq.get("usage")) if isinstance(groq, Mapping) else None)
    )


def usage_from(told: Any) -> Usage | None:
    """Tokens in the names of OpenAI, DeepSeek, Anthropic and those who follow them; None where nothing is told.

    A zero may mean that the server does not know; see `base.counted`.
    """
    if not told:
        return None
    details = told.get("prompt_tokens_details") or told.get("input_tokens_details") or {}
    cached = _count(
        details.get("cached_tokens"),
        told.get("prompt_cache_hit_tokens"),
        told.get("cache_read_input_tokens"),
        told.get("cached_tokens"),
    )
    prompt = _count(told.get("prompt_tokens"))
    if not prompt:  # Anthropic counts apart what it read from its cache, and what it wrote there
        prompt = _count(told.get("input_tokens"))
        apart = ("cache_read_input_tokens", "cache_creation_input_tokens")
        prompt += sum(_count(told.get(name)) for name in apart)
    completion = _count(told.get("completion_tokens"), told.get("output_tokens"))
    if completion:  # Gemini leaves out its thoughts, which are billed, everywhere but in the total
        completion = max(completion, _count(told.get("total_tokens")) - prompt)
    if not prompt and not completion:
        return None
    return Usage(prompt, min(cached, prompt), completion)


def _count(*told: Any) -> int:
    """The first that is told and not zero."""
    for each in told:
        if isinstance(each, int | float) and 1 <= each <= TOKENS_MAX:
            return int(each)
    return 0
