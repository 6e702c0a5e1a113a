"""Read the token usage that a server reports, under the names that each provider uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.llm.engines.base import Usage

TOKENS_MAX = 10**9  # higher values are not plausible
# Anthropic's names, which gateways keep. They are not included in `input_tokens`, but usually in `prompt_tokens`.
CACHE_READ = "cache_read_input_tokens"
CACHE_WRITTEN = "cache_creation_input_tokens"
WRITTEN_DETAILS = ("cache_write_tokens", "cache_creation_tokens", "cached_write_tokens", CACHE_WRITTEN)


def usage_from(reported: Any) -> Usage | None:
    """Return the usage of a call; None if nothing is reported. A zero may mean that the server does not know.

    Some providers include reasoning tokens in `completion_tokens` (OpenAI, DeepSeek, vLLM), others only in the total
    (xAI, Gemini): see `_completion`. All are billed as output.
    """
    if not reported:
        return None
    details = reported.get("prompt_tokens_details") or reported.get("input_tokens_details") or {}
    written = _count(*(details.get(name) for name in WRITTEN_DETAILS), reported.get(CACHE_WRITTEN))
    cached = _count(
        details.get("cached_tokens"),
        reported.get("prompt_cache_hit_tokens"),
        reported.get(CACHE_READ),
        reported.get("cached_tokens"),
    )
    prompt, completion, reasoning = _prompt(reported), *_completion(reported)
    if not prompt and not completion:
        return None
    cached = min(cached, prompt)
    return Usage(
        prompt,
        cached,
        completion,
        prompt_cache_written_tokens=min(written, prompt - cached),
        reasoning_tokens=reasoning,
    )


def _prompt(reported: Mapping[str, Any]) -> int:
    beside = _count(reported.get(CACHE_READ)) + _count(reported.get(CACHE_WRITTEN))
    prompt = _count(reported.get("prompt_tokens"))
    if not prompt:
        return _count(reported.get("input_tokens")) + beside
    without = _count(reported.get("total_tokens")) - prompt - _count(reported.get("completion_tokens"))
    return prompt + beside if beside and without == beside else prompt


def _completion(reported: Mapping[str, Any]) -> tuple[int, int]:
    """Return the output tokens including reasoning, and the reasoning tokens alone.

    Tokens of the total that are neither prompt nor completion are reasoning. Otherwise the completion is taken to
    include the reasoning, as OpenAI defines it, unless there are more reasoning tokens than completion tokens.
    """
    details = reported.get("completion_tokens_details") or reported.get("output_tokens_details") or {}
    reasoning = _count(details.get("reasoning_tokens"), reported.get("reasoning_tokens"))
    completion = _count(reported.get("completion_tokens"), reported.get("output_tokens"))
    if not completion and not reasoning:
        return 0, 0
    outside = _count(reported.get("total_tokens")) - _prompt(reported) - completion
    if outside > 0:
        return completion + outside, max(reasoning, outside)
    if reasoning > completion:
        return completion + reasoning, reasoning
    return completion, reasoning


def _count(*reported: Any) -> int:
    """Return the first reported value that is not zero; 0 if there is none."""
    for each in reported:
        if isinstance(each, int | float) and 1 <= each <= TOKENS_MAX:
            return int(each)
    return 0


def merged(earlier: Usage | None, later: Usage | None) -> Usage | None:
    """Merge the usage of two chunks of a stream. Counts grow; some servers report the prompt only at the start."""
    if earlier is None or later is None:
        return later or earlier
    return Usage(
        max(earlier.prompt_tokens, later.prompt_tokens),
        max(earlier.prompt_cached_tokens, later.prompt_cached_tokens),
        max(earlier.completion_tokens, later.completion_tokens),
        prompt_cache_written_tokens=max(earlier.prompt_cache_written_tokens, later.prompt_cache_written_tokens),
        reasoning_tokens=max(earlier.reasoning_tokens, later.reasoning_tokens),
    )
