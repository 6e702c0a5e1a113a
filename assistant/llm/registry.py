"""The engines, the embedder and the reader of this process: each named in settings, each made once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from assistant.llm.engines import tokenizer
from assistant.llm.engines.base import Embedder, Engine
from assistant.llm.engines.reader import Reader

_made: dict[str, Any] = {}
_making = threading.RLock()


def _once(key: str, entry: dict[str, Any]) -> Any:
    with _making:
        if key not in _made:
            _made[key] = import_string(entry["BACKEND"])(key, **entry.get("OPTIONS", {}))
        return _made[key]


def engine(name: str) -> Engine:
    """The engine of settings.ENGINES with this name. Raises KeyError for an unknown name."""
    made: Engine = _once(name, settings.ENGINES[name])
    return made


def embedder() -> Embedder:
    made: Embedder = _once("embedder", settings.EMBEDDER)
    return made


def reader() -> Reader | None:
    """None with READER=off. It may still turn out that its weights cannot be loaded: see `Reader`."""
    if settings.READER is None:
        return None
    with _making:
        if "reader" not in _made:
            _made["reader"] = Reader(**settings.READER)
        made: Reader = _made["reader"]
    return made


def names(tier: str) -> list[str]:
    """The engines of a tier, in the order in which they are tried, and after them those it falls back to."""
    tiers = [tier, *settings.TIER_FALLBACK.get(tier, [])]
    return list(dict.fromkeys(name for each in tiers for name in settings.TIERS.get(each, [])))


def has(tier: str) -> bool:
    """Whether the tier has an engine of its own."""
    return bool(settings.TIERS.get(tier))


def counter(tier: str) -> Callable[[str], int]:
    """How the first engine of a tier counts tokens; o200k's way when the tier is empty."""
    own = settings.TIERS.get(tier, [])
    return engine(own[0]).count_tokens if own else tokenizer.counter(settings.TOKENIZER_CACHE_DIR)


def forget() -> None:
    """Recreate all engines, for tests that change the settings."""
    with _making:
        _made.clear()
