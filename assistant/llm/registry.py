"""The engines, the embedder and the reader of this process, each created once.

Engines come first from the models that staff set in the admin, those of the workspace before those for all, and then
from settings, which means from the environment.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from assistant.llm import breakers
from assistant.llm.connections import current
from assistant.llm.connections.current import Connected
from assistant.llm.engines import tokenizer
from assistant.llm.engines.base import Embedder, Engine
from assistant.llm.engines.openai_compatible import OpenAICompatibleEngine
from assistant.llm.engines.reader import Reader
from assistant.llm.engines.sentence_encoder import SentenceEncoder

LOCAL_EMBEDDER = "assistant.llm.engines.sentence_encoder.SentenceEncoder"
_made: dict[str, Any] = {}
_local: dict[str, tuple[dict[str, Any], Any]] = {}  # models run in this process, each with its settings
_connected: dict[str, tuple[Connected, OpenAICompatibleEngine]] = {}
_rows_known: tuple[Connected, ...] = ()  # when engines were last dropped
_making = threading.RLock()


def _once(key: str, entry: dict[str, Any]) -> Any:
    with _making:
        if key not in _made:
            _made[key] = import_string(entry["BACKEND"])(key, **entry.get("OPTIONS", {}))
        return _made[key]


def engine(name: str) -> Engine:
    """Return the engine with this name. Raises KeyError if it is unknown or staff have removed it.

    The engine of a connection is recreated after staff change the connection. A running call keeps its engine.
    """
    _drop_gone()
    row = current.find(name)
    if row is None:
        made: Engine = _once(name, settings.ENGINES[name])
        return made
    with _making:
        before = _connected.get(name)
        if before is None or before[0].version != row.version:
            _connected[name] = row, _engine_of(row)
            if before:
                _replace(before, _connected[name])
        return _connected[name][1]


def _replace(before: tuple[Connected, OpenAICompatibleEngine], after: tuple[Connected, OpenAICompatibleEngine]) -> None:
    if before[0].identity == after[0].identity:
        breakers.carry_over(before[1], after[1])
    before[1].retire()


def _drop_gone() -> None:
    """Drop the engines of removed connections, with their HTTP clients."""
    global _rows_known
    rows = current.rows()
    if rows is _rows_known:
        return
    with _making:
        _rows_known = rows
        for name in _connected.keys() - {row.name for row in rows}:
            _connected.pop(name)[1].retire()


def _engine_of(row: Connected) -> OpenAICompatibleEngine:
    options = settings.MODEL_SERVER_OPTIONS | row.limits
    return OpenAICompatibleEngine(
        row.name,
        base_url=row.base_url,
        api_key=row.key,
        model=row.model,
        known=row.capabilities,
        public_only=row.public_only,
        **options,
    )


def _once_loaded(key: str, entry: dict[str, Any], make: Callable[[], Any]) -> Any:
    """Return a model run in this process. It is recreated only if its settings change: loading takes half a second."""
    with _making:
        if key not in _local or _local[key][0] != entry:
            _local[key] = copy.deepcopy(entry), make()
        return _local[key][1]


def embedder() -> Embedder:
    entry = settings.EMBEDDER
    if entry["BACKEND"] != LOCAL_EMBEDDER:
        served: Embedder = _once("embedder", entry)
        return served
    local: Embedder = _once_loaded("embedder", entry, lambda: SentenceEncoder("embedder", **entry.get("OPTIONS", {})))
    return local


def reader() -> Reader | None:
    """Return the reader; None with READER=off. Its weights may still fail to load: see `Reader`."""
    if settings.READER is None:
        return None
    made: Reader = _once_loaded("reader", settings.READER, lambda: Reader(**settings.READER))
    return made


def names(tier: str, workspace_id: UUID | None = None) -> list[str]:
    """Return the names of a tier's engines in the order in which they are tried, followed by the fallback tiers'."""
    tiers = [tier, *settings.TIER_FALLBACK.get(tier, [])]
    return list(dict.fromkeys(name for each in tiers for name in own_names(each, workspace_id)))


def own_names(tier: str, workspace_id: UUID | None = None) -> list[str]:
    """Return the names of a tier's own engines, without fallbacks. `vision` includes models of any tier with vision."""
    _drop_gone()
    if tier == "vision":
        rows = (row for each in ("large", "small") for row in current.in_turn(each, workspace_id))
        return [*(row.name for row in rows if row.capabilities.get("vision")), *settings.TIERS.get(tier, [])]
    return [*(row.name for row in current.in_turn(tier, workspace_id)), *settings.TIERS.get(tier, [])]


def has(tier: str, workspace_id: UUID | None = None) -> bool:
    """Return whether the tier has an engine of its own."""
    return bool(own_names(tier, workspace_id))


def model(tier: str, workspace_id: UUID | None = None) -> str:
    """Return the model that is called first; empty if there is none or its name is unknown."""
    row = next(iter(current.of_tier(tier, workspace_id)), None)
    return row.model if row else _of_environment(tier)


def price_name(tier: str, workspace_id: UUID | None = None) -> str:
    """Return the name in price rules of the model that is called first; empty if there is none."""
    row = next(iter(current.of_tier(tier, workspace_id)), None)
    return row.price_as or row.model if row else _of_environment(tier)


def price_name_of(engine: Engine) -> str:
    """Return the name of an engine's model in price rules."""
    row = current.find(engine.name)
    return (row and row.price_as) or engine.model


def _of_environment(tier: str) -> str:
    own = settings.TIERS.get(tier, [])
    return engine(own[0]).model if own else ""


def counter(tier: str, workspace_id: UUID | None = None) -> Callable[[str], int]:
    """Return the token counter of the tier's first engine; that of o200k if the tier is empty."""
    first = next(_those_there(own_names(tier, workspace_id)), None)
    return first.count_tokens if first else tokenizer.counter(settings.TOKENIZER_CACHE_DIR)


def context_tokens(names: Iterable[str]) -> int | None:
    """Return the smallest context of these engines, for prompt and answer together; None if there are none."""
    return min((each.context_tokens for each in _those_there(names)), default=None)


def _those_there(names: Iterable[str]) -> Iterator[Engine]:
    """Yield the engines with these names, except those that staff have removed since they were listed."""
    for name in names:
        try:
            found = engine(name)
        except KeyError:
            continue
        yield found


def forget() -> None:
    """Drop all engines, for tests that change the settings. Loaded weights are kept."""
    with _making:
        _made.clear()
        _connected.clear()
        current.forget()
