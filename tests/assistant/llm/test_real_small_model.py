"""Against a real OpenAI-compatible server, and in this process, with the real small model (93 MB, fetched once)."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from django.conf import settings

from assistant.embedded import local_model
from assistant.embedded.paths import Home
from assistant.llm.engines.base import EngineRefused, EngineUnavailable, Message, Prompt
from assistant.llm.engines.llama_cpp import LlamaCppEngine
from assistant.llm.engines.openai_compatible import OpenAICompatibleEngine
from tests.assistant.conftest import hear

FRUITS = Prompt((Message("system", "Answer in a few words."), Message("user", "Name three fruits.")), max_tokens=40)
STORY = Prompt((Message("user", "Tell me a very long story about a fox."),), max_tokens=600)
SCHEMA = {
    "type": "object",
    "properties": {"fruit": {"type": "string"}},
    "required": ["fruit"],
    "additionalProperties": False,
}
TOKENIZER = str(settings.TOKENIZER_CACHE_DIR)

# A process of its own: what goes wrong inside llama.cpp ends the process it runs in.
SERVE = """
import sys, threading, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel = sys.argv[1], 2048, 1
params.cpuparams.n_threads, params.verbosity, params.warmup = 1, 0, False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="session")
def weights() -> Path:
    home = Home(Path(settings.DATA_DIR))
    home.models.mkdir(parents=True, exist_ok=True)
    home.logs.mkdir(parents=True, exist_ok=True)
    return local_model.bring_weights(home)


@pytest.fixture(scope="module")
def server(weights: Path) -> Iterator[str]:
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip() + "/v1"
        running.kill()


def on_the_server(url: str) -> OpenAICompatibleEngine:
    return OpenAICompatibleEngine("small", base_url=url, model="SmolLM2", tokenizer_dir=TOKENIZER)


def in_this_process(weights: Path) -> LlamaCppEngine:
    return LlamaCppEngine("small", path=str(weights), tokenizer_dir=TOKENIZER, allowed=True, context_tokens=1024)


async def test_a_real_server_streams_and_tells_its_usage(server: str) -> None:
    heard = await hear(on_the_server(server), FRUITS)

    assert len(heard.pieces) > 3
    assert heard.last is not None
    assert heard.last.finish_reason in ("stop", "length")
    assert heard.last.usage is not None
    assert heard.last.usage.prompt_tokens > 10
    assert heard.last.usage.completion_tokens > 3
    assert not heard.last.usage.counted_locally


async def test_a_real_server_keeps_to_a_schema(server: str) -> None:
    engine = on_the_server(server)

    heard = await hear(engine, dataclasses.replace(FRUITS, schema=SCHEMA, max_tokens=120))

    assert engine.dialect.format == "json_schema"
    if heard.last is not None and heard.last.finish_reason == "stop":
        assert list(json.loads(heard.text)) == ["fruit"]
    else:
        assert heard.text.lstrip().startswith("{")


async def test_a_real_server_refuses_what_does_not_fit(server: str) -> None:
    too_long = dataclasses.replace(FRUITS, messages=(Message("user", "word " * 4_000),))

    with pytest.raises(EngineRefused):
        await hear(on_the_server(server), too_long)


@pytest.mark.timing
async def test_a_real_server_is_free_again_after_a_stop(server: str) -> None:
    engine = on_the_server(server)
    async with aclosing(engine.stream(STORY)) as deltas:
        await anext(deltas)
    started = time.monotonic()

    await hear(engine, dataclasses.replace(FRUITS, max_tokens=3))

    assert time.monotonic() - started < 8  # the whole story takes longer than half a minute


async def test_the_model_in_this_process_answers_and_counts(weights: Path) -> None:
    engine = in_this_process(weights)

    heard = await hear(engine, FRUITS)

    assert heard.text.strip()
    assert heard.last is not None
    assert heard.last.usage is not None
    assert heard.last.usage.completion_tokens > 3
    assert engine.model == f"local/{weights.stem}"


@pytest.mark.timing
async def test_the_model_in_this_process_stops_between_tokens(weights: Path) -> None:
    engine = in_this_process(weights)
    async with aclosing(engine.stream(STORY)) as deltas:
        await anext(deltas)
    started = time.monotonic()

    await hear(engine, dataclasses.replace(FRUITS, max_tokens=3))

    assert time.monotonic() - started < 8


async def test_a_process_that_may_not_run_a_model_says_so(weights: Path, tmp_path: Path) -> None:
    forbidden = LlamaCppEngine("small", path=str(weights), tokenizer_dir=TOKENIZER)
    missing = LlamaCppEngine("small", path=str(tmp_path / "none.gguf"), tokenizer_dir=TOKENIZER, allowed=True)

    for engine, reason in ((forbidden, "not_in_this_process"), (missing, "weights_missing")):
        with pytest.raises(EngineUnavailable) as raised:
            await asyncio.wait_for(hear(engine, FRUITS), 5)
        assert raised.value.reason == reason
