"""Answers in the form in which providers really stream them, played back by the fake server.

`tests/assistant/providers/` holds them; each names the page that documents its form.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import Any

import pytest

from assistant.llm.engines.base import EngineError, EngineUnavailable
from assistant.llm.prompts import REPLY_SCHEMA
from tests.assistant.conftest import PROVIDERS, QUESTION, EngineMaker, Heard, Server, hear
from tools.fake_openai import recordings

STRUCTURED = dataclasses.replace(QUESTION, schema=REPLY_SCHEMA)
COUNTS = (
    "prompt_tokens",
    "prompt_cached_tokens",
    "prompt_cache_written_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "counted_locally",
)


def about(name: str) -> dict[str, Any]:
    return json.loads((PROVIDERS / f"{name}.json").read_text())


NAMES = recordings.names(PROVIDERS)
ANSWERED = [name for name in NAMES if "text" in about(name)["expect"]]
FAILED = [name for name in NAMES if "error" in about(name)["expect"]]


def base_url(upstream: Server, name: str) -> str:
    return upstream.url.removesuffix("/v1") + f"/as/{name}{about(name).get('path', '/v1')}"


def test_every_provider_that_we_name_has_a_recording_with_its_source() -> None:
    named = ("openai", "azure", "gemini", "mistral", "openrouter", "vllm", "ollama", "llama_cpp", "lm_studio")

    assert set(named) | {"deepseek", "groq", "anthropic"} <= set(NAMES)
    assert all(about(name)["source"].startswith("https://") for name in NAMES)


# What the recordings of each provider show. Local servers and some providers have no filter of their own, and Anthropic
# sends no thoughts by its OpenAI-compatible address.
SHOWN = {
    "openai": {"usage", "reasoning", "refusal"},
    "azure": {"usage", "reasoning", "refusal"},
    "anthropic": {"usage"},
    "gemini": {"usage", "reasoning", "refusal"},
    "mistral": {"usage", "reasoning"},
    "groq": {"usage", "reasoning"},
    "openrouter": {"usage", "reasoning", "refusal"},
    "ollama": {"usage", "reasoning"},
    "vllm": {"usage", "reasoning"},
    "llama_cpp": {"usage", "reasoning"},
    "lm_studio": {"usage", "reasoning"},
    "deepseek": {"usage", "reasoning"},
}


@pytest.mark.parametrize("provider", SHOWN)
def test_the_recordings_of_a_provider_show_text_usage_end_refusal_and_reasoning_as_far_as_it_has_them(
    provider: str,
) -> None:
    expected = [about(name)["expect"] for name in NAMES if name == provider or name.startswith(f"{provider}_")]
    shown = set()
    for each in expected:
        ends = each.get("finish_reason") or each["error"]
        shown |= {"text"} if each.get("text") else set()
        shown |= {"usage"} if each.get("prompt_tokens") and not each.get("counted_locally") else set()
        shown |= {"reasoning"} if "reasoning_tokens" in each or each.get("hidden") else set()
        shown |= {{"stop": "end", "content_filter": "refusal"}.get(ends, ends)}

    assert {"text", "end", *SHOWN[provider]} <= shown


@pytest.mark.parametrize("name", ANSWERED)
@pytest.mark.parametrize("mode", ["ok", "split_utf8", "crlf", "keep_alive"])
async def test_a_providers_answer_is_read_whole_and_metered_however_it_is_sent(
    engine_for: EngineMaker, upstream: Server, name: str, mode: str
) -> None:
    expected = about(name)["expect"]
    upstream.told(mode=mode)

    heard = await hear(engine_for(base_url=base_url(upstream, name)), STRUCTURED)

    assert heard.shown == expected["text"]
    assert heard.hidden == expected.get("hidden", heard.hidden)
    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.finish_reason == expected["finish_reason"]
    for field in COUNTS:
        assert getattr(heard.last.usage, field) == expected.get(field, getattr(heard.last.usage, field))
    assert heard.last.usage.prompt_tokens > 10
    if expected.get("completion_tokens") != 0:
        assert heard.last.usage.completion_tokens > (10 if len(expected["text"]) > 20 else 3)
    sent = upstream.bodies[-1]
    assert {message["role"] for message in sent["messages"]} == set(expected.get("roles", ["system", "user"]))
    assert sent["response_format"]["type"] == expected.get("format", "json_schema")


@pytest.mark.parametrize("name", FAILED)
async def test_a_providers_failure_is_read_as_one(engine_for: EngineMaker, upstream: Server, name: str) -> None:
    expected, heard = about(name)["expect"], Heard()

    with pytest.raises(EngineError) as raised:
        await hear(engine_for(base_url=base_url(upstream, name)), STRUCTURED, heard)

    assert raised.value.reason == expected["error"]
    assert len(upstream.bodies) == 1
    assert heard.shown == expected.get("partial", "")
    usage = heard.last.usage if heard.last else None
    for field in set(COUNTS) & set(expected):
        assert getattr(usage, field) == expected[field]


@pytest.mark.parametrize("mode", ["cut", "error_in_stream", "bad_json"])
@pytest.mark.parametrize("name", ["openai", "azure", "openrouter", "vllm", "llama_cpp_thinking"])
async def test_a_recording_can_break_off_too(engine_for: EngineMaker, upstream: Server, name: str, mode: str) -> None:
    upstream.told(mode=mode, after_chunks=6)

    with pytest.raises(EngineUnavailable):
        await hear(engine_for(base_url=base_url(upstream, name)), STRUCTURED)


def test_the_fake_server_names_its_recordings_when_one_is_not_there() -> None:
    command = [sys.executable, "-m", "tools.fake_openai", "--as", "nobody"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert all(name in done.stderr for name in ("gemini", "openrouter"))
