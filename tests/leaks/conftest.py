"""Shops in four languages, a model that repeats its prompt, and a recorder of everything shown."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from assistant.usage import metering
from tests.leaks import shops
from tests.leaks.listening import Listener
from tests.leaks.shops import SEED, Shop


@pytest.fixture
def open_shops(transactional_db: None, engine: Any) -> dict[str, Shop]:
    engine.script = [shops.repeats_all]
    return shops.opened(SEED)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """Hears every log record, too."""
    heard, root = Listener(), logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.INFO)
    yield heard
    root.removeHandler(heard)
    root.setLevel(level)
    await metering.settle()
    await sync_to_async(connections.close_all)()
