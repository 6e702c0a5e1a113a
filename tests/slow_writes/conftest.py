from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections

from assistant.llm import registry
from tests.admin.conftest import rosa, superuser
from tests.knowledge.conftest import find, no_embedder, shop, write
from tests.rest.sink import sink
from tests.slow_writes.held_server import HeldServer, running
from tools.fake_openai.behaviour import Behaviour

__all__ = ["find", "no_embedder", "rosa", "shop", "sink", "superuser", "write"]
EMBEDDER = "assistant.llm.engines.openai_embedder.OpenAICompatibleEmbedder"
ENGINE = "assistant.llm.engines.openai_compatible.OpenAICompatibleEngine"


@pytest.fixture(scope="package", autouse=True)
def _patience() -> Iterator[None]:
    """Who is held by a test waits for as long as the test takes, also on a busy machine."""
    options = connections.settings["default"]["OPTIONS"]
    before = options["options"]
    connection.close_pool()
    options["options"] = f"{before} -c lock_timeout=60000"
    yield
    connection.close_pool()
    options["options"] = before


@pytest.fixture(scope="session")
def _held_server() -> Iterator[HeldServer]:
    with running() as server:
        yield server


@pytest.fixture
def held_server(_held_server: HeldServer) -> Iterator[HeldServer]:
    yield _held_server
    _held_server.release()
    _held_server.behaviour = Behaviour()


@pytest.fixture
def held_embedder(settings: Any, held_server: HeldServer) -> Iterator[HeldServer]:
    """Vectors come from a server that the test can hold."""
    options = {"base_url": held_server.url, "model": "held", "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR)}
    settings.EMBEDDER = {"BACKEND": EMBEDDER, "OPTIONS": options | {"timeout_s": 60.0}}
    registry.forget()
    yield held_server
    registry.forget()


@pytest.fixture
def held_models(settings: Any, held_server: HeldServer) -> Iterator[HeldServer]:
    """The large and the small model are on a server that the test can hold."""
    options = {"base_url": held_server.url, "model": "held", "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR)}
    limits = {"first_token_timeout_s": 60.0, "gap_timeout_s": 60.0, "total_timeout_s": 90.0}
    settings.ENGINES = {"held": {"BACKEND": ENGINE, "OPTIONS": options | limits}}
    settings.TIERS = {"large": ["held"], "small": ["held"]}
    registry.forget()
    yield held_server
    registry.forget()
