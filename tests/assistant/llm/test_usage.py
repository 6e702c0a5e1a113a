"""The tokens of a call, in the names and the sums of each provider."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.llm.engines.base import Message, Picture, Prompt, Usage, counted
from assistant.llm.engines.openai_usage import merged, usage_from

REPORTED: list[tuple[str, dict[str, Any], Usage]] = [
    (
        "openai: thoughts inside",
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 64},
            "completion_tokens_details": {"reasoning_tokens": 40},
        },
        Usage(100, 64, 50, reasoning_tokens=40),
    ),
    (
        "xai: thoughts beside, in the total",
        {
            "prompt_tokens": 10120,
            "completion_tokens": 1499,
            "total_tokens": 14428,
            "prompt_tokens_details": {"cached_tokens": 128},
            "completion_tokens_details": {"reasoning_tokens": 2809},
        },
        Usage(10120, 128, 4308, reasoning_tokens=2809),
    ),
    (
        "gemini: thoughts in the total alone",
        {"prompt_tokens": 20, "completion_tokens": 198, "total_tokens": 623},
        Usage(20, 0, 603, reasoning_tokens=405),
    ),
    (
        "a gateway to gemini: nothing but thoughts",
        {
            "prompt_tokens": 21,
            "completion_tokens": 0,
            "total_tokens": 81,
            "completion_tokens_details": {"reasoning_tokens": 60},
        },
        Usage(21, 0, 60, reasoning_tokens=60),
    ),
    (
        "no total, and more thoughts than the whole",
        {"prompt_tokens": 20, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 317}},
        Usage(20, 0, 319, reasoning_tokens=317),
    ),
    (
        "no total: inside",
        {"prompt_tokens": 20, "completion_tokens": 400, "completion_tokens_details": {"reasoning_tokens": 317}},
        Usage(20, 0, 400, reasoning_tokens=317),
    ),
    (
        "deepseek",
        {"prompt_tokens": 400, "completion_tokens": 29, "total_tokens": 429, "prompt_cache_hit_tokens": 384},
        Usage(400, 384, 29),
    ),
    (
        "anthropic's names: the cache is beside the input",
        {
            "input_tokens": 40,
            "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 400,
            "output_tokens": 20,
        },
        Usage(740, 400, 20, prompt_cache_written_tokens=300),
    ),
    (
        "litellm: the cache is inside the prompt",
        {
            "prompt_tokens": 10032,
            "completion_tokens": 20,
            "total_tokens": 10052,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 10017},
            "cache_creation_input_tokens": 10017,
            "cache_read_input_tokens": 0,
        },
        Usage(10032, 0, 20, prompt_cache_written_tokens=10017),
    ),
    (
        "a gateway that leaves the cache out of the prompt and counts it in the total",
        {"prompt_tokens": 32, "completion_tokens": 20, "total_tokens": 452, "cache_read_input_tokens": 400},
        Usage(432, 400, 20),
    ),
    (
        "responses",
        {
            "input_tokens": 90,
            "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 20},
            "output_tokens": 5,
        },
        Usage(90, 64, 5, prompt_cache_written_tokens=20),
    ),
]


@pytest.mark.parametrize(("reported", "read"), [row[1:] for row in REPORTED], ids=[row[0] for row in REPORTED])
def test_the_usage_of_a_provider(reported: dict[str, Any], read: Usage) -> None:
    assert usage_from(reported) == read


@pytest.mark.parametrize(
    "reported",
    [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": "many"}, {"prompt_tokens": 1e300}],
)
def test_what_says_nothing_is_nothing(reported: Any) -> None:
    assert usage_from(reported) is None


def test_what_two_chunks_report_is_put_together() -> None:
    at_the_start, at_the_end = Usage(740, 400, 1, prompt_cache_written_tokens=300), Usage(0, 0, 20)

    assert merged(at_the_start, at_the_end) == Usage(740, 400, 20, prompt_cache_written_tokens=300)
    assert merged(None, at_the_end) == at_the_end
    assert merged(at_the_start, None) == at_the_start


def test_of_an_answer_that_broke_off_the_larger_count_is_taken_and_marked() -> None:
    reported = Usage(740, 400, 1)

    prompt = Prompt((Message("user", "ask"),), max_tokens=8, pictures=(Picture(b"...", tokens=85),))

    def count(text: str) -> int:
        return len(text.split())

    whole = counted(reported, prompt, "one two three", count)
    cut = counted(reported, prompt, "one two three", count, is_whole=False)
    silent = counted(None, prompt, "", count, is_whole=False)

    assert whole == reported
    assert cut == Usage(740, 400, 3, counted_locally=True)
    assert silent == Usage(2 + 85, 0, 0, counted_locally=True)
