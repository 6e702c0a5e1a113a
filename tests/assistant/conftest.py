"""A fake model server on a real port, and an engine that calls it."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from assistant.llm.engines.base import Delta, Message, Prompt
from assistant.llm.engines.openai_compatible import OpenAICompatibleEngine
from assistant.llm.streaming_json import StreamedText
from tools.fake_openai.app import FakeUpstream

PROVIDERS = Path(__file__).resolve().parent / "providers"
MODELS = Path(__file__).resolve().parents[2] / ".data" / "models"
QUESTION = Prompt((Message("system", "Be short."), Message("user", "How long is the warranty?")), max_tokens=200)


@dataclass
class Server:
    """The fake server: steered and read directly, spoken to over its socket."""

    url: str
    fake: FakeUpstream
    folder: Path  # of its recordings

    def told(self, **changes: Any) -> None:
        self.fake.behaviour = self.fake.behaviour.told(changes)

    async def playing(self, stream: bytes, **about: Any) -> str:
        """The base URL under which the fake streams just these bytes; `about` as in the files of recordings."""
        name = f"made_{len(list(self.folder.iterdir()))}"
        (self.folder / f"{name}.sse").write_bytes(stream)
        (self.folder / f"{name}.json").write_text(json.dumps(about))
        return self.url.removesuffix("/v1") + f"/as/{name}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [seen.body for seen in self.fake.log]

    @property
    def open(self) -> int:
        return sum(seen.ended is None for seen in self.fake.log)

    async def until_open(self, count: int) -> None:
        """Wait until so many requests are being answered."""
        async with asyncio.timeout(20):
            while self.open != count:  # noqa: ASYNC110 - the fake is asked, it tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture
async def upstream(tmp_path: Path) -> AsyncIterator[Server]:
    fake = FakeUpstream(Path(shutil.copytree(PROVIDERS, tmp_path / "providers")))
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(fake, log_level="critical", timeout_graceful_shutdown=1))
    task = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", fake, tmp_path / "providers")
    running.should_exit = running.force_exit = True
    await task


EngineMaker = Callable[..., OpenAICompatibleEngine]


@pytest.fixture
def engine_for(upstream: Server, tmp_path: Path) -> EngineMaker:
    def made(model: str = "fake", **options: Any) -> OpenAICompatibleEngine:
        return OpenAICompatibleEngine(
            "large", **{"base_url": upstream.url, "model": model, "tokenizer_dir": str(MODELS / "tokenizer"), **options}
        )

    return made


@dataclass
class Heard:
    pieces: list[str] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)
    last: Delta | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def hidden(self) -> str:
        return "".join(delta.hidden for delta in self.deltas)

    @property
    def shown(self) -> str:
        """What a customer has seen of it in the end; nothing of it may have been taken back."""
        words, shown = StreamedText(), ""
        for delta in self.deltas:
            shown += words.feed(delta.text, structured=delta.structured)
        shown += words.close()
        assert not words.took_back()
        return shown


async def hear(engine: Any, prompt: Prompt = QUESTION, heard: Heard | None = None) -> Heard:
    """Listen to the whole answer. A `heard` that is given keeps what came before an error."""
    heard = heard or Heard()
    async with aclosing(engine.stream(prompt)) as deltas:
        async for delta in deltas:
            heard.pieces.append(delta.text)
            heard.deltas.append(delta)
            heard.last = delta
    return heard
