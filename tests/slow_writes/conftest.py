from collections.abc import Iterator
from typing import Any

import pytest

from assistant import lineup
from assistant.fake_upstream.behaviour import Behaviour
from tests.admin.conftest import rosa, superuser
from tests.knowledge.conftest import find, no_embedder, shop, write
from tests.slow_writes.held_server import HeldServer, running

__all__ = ["find", "no_embedder", "rosa", "shop", "superuser", "write"]
EMBEDDER = "assistant.engines.openai_embedder.OpenAICompatibleEmbedder"
ENGINE = "assistant.engines.openai_compatible.OpenAICompatibleEngine"


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
    lineup.forget()
    yield held_server
    lineup.forget()


@pytest.fixture
def held_models(settings: Any, held_server: HeldServer) -> Iterator[HeldServer]:
    """The large and the small model are on a server that the test can hold."""
    options = {"base_url": held_server.url, "model": "held", "tokenizer_dir": str(settings.TOKENIZER_CACHE_DIR)}
    limits = {"first_token_timeout_s": 60.0, "gap_timeout_s": 60.0, "total_timeout_s": 90.0}
    settings.ENGINES = {"held": {"BACKEND": ENGINE, "OPTIONS": options | limits}}
    settings.TIERS = {"large": ["held"], "small": ["held"]}
    lineup.forget()
    yield held_server
    lineup.forget()
