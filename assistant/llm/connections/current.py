"""The connections that are in use now, kept in the memory of each process and read again when staff change them.

Nobody who asks waits for the database: what is older than MODEL_CONNECTIONS_FRESH_S is read again in a thread, and
until then the last reading counts. Three wait: synchronous code of a process that has not read them for IDLE_S, the
start of a web process, and whoever is about to ask a model (`aready`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection
from psycopg_pool import PoolTimeout

from assistant.llm.connections.key_encryption import KeyUnreadable
from assistant.llm.connections.models import ModelConnection

logger = logging.getLogger(__name__)
IDLE_S = 60.0
DECISIVE_LIMITS = ("reasoning_effort", "max_output_tokens")  # with which a model says something else
TIERS = {"large": "large", "small": "small", "saving": "small"}  # a small server answers when a budget runs low, too


@dataclass(frozen=True, slots=True)
class Connected:
    """One connection that can be used."""

    name: str
    workspace_id: UUID | None
    tier: str
    order: int
    weight: int
    base_url: str
    model: str
    version: datetime
    limits: dict[str, Any]
    key: str = field(repr=False)
    price_as: str = ""
    masking: str = "auto"
    capabilities: dict[str, Any] = field(default_factory=dict)
    public_only: bool = False

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it another server for all that was learnt about this one."""
        return (self.base_url, self.key, self.model)


class Reading:
    """What this process read last."""

    def __init__(self) -> None:
        self.rows: tuple[Connected, ...] = ()
        self.versions: list[tuple[int, datetime]] | None = None
        self.read_at: float | None = None
        self.begun_at = 0.0
        self._under_way: Future[None] | None = None
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model-connections")

    @property
    def age_s(self) -> float:
        return float("inf") if self.read_at is None else time.monotonic() - self.read_at

    def current(self) -> tuple[Connected, ...]:
        if not settings.MODEL_CONNECTIONS or self.age_s < settings.MODEL_CONNECTIONS_FRESH_S:
            return self.rows if settings.MODEL_CONNECTIONS else ()
        if self.age_s > IDLE_S and not _is_in_event_loop():
            self.read()
        else:
            self.read_soon()
        return self.rows

    def read_soon(self) -> Future[None]:
        """Read them in a thread of their own; those who ask meanwhile get the same future."""
        with self._lock:
            if self._under_way is None or self._under_way.done():
                self._under_way = self._thread.submit(self._read_and_close)
            return self._under_way

    def _read_and_close(self) -> None:
        try:
            self.read()
        finally:
            connection.close()

    def read(self) -> None:
        """Read them now, if any has changed. A database that is away leaves what was read before."""
        self.begun_at = time.monotonic()
        try:
            versions = list(ModelConnection.objects.order_by("pk").values_list("pk", "updated_at"))
            if versions != self.versions:
                rows = ModelConnection.objects.filter(enabled=True).order_by("order", "pk")
                self.rows = tuple(connected for row in rows if (connected := _connected(row)))
                self.versions = versions
        except (DatabaseError, PoolTimeout, OSError) as error:
            logger.warning("models set in the admin could not be read, the last known ones stay: %s", error)
        self.read_at = time.monotonic()

    def forget(self) -> None:
        self.rows, self.versions, self.read_at = (), None, None


_reading = Reading()
refresh, forget = _reading.read, _reading.forget


async def aready() -> None:
    """Wait until the reading is fresh. Free of charge where it is."""
    if not settings.MODEL_CONNECTIONS or _reading.age_s < settings.MODEL_CONNECTIONS_FRESH_S:
        return
    asked_at = time.monotonic()
    await asyncio.wrap_future(_reading.read_soon())
    if _reading.begun_at < asked_at:  # one that was under way may have missed what was changed since
        await asyncio.wrap_future(_reading.read_soon())


def rows() -> tuple[Connected, ...]:
    """All that can be used, of every workspace. The same object until something changes."""
    return _reading.current()


def find(name: str) -> Connected | None:
    return next((row for row in _reading.current() if row.name == name), None)


def of_tier(tier: str, workspace_id: UUID | None) -> list[Connected]:
    """Those that may answer for a workspace: its own first, then those for all; each by order."""
    wanted = TIERS.get(tier, tier)
    rows = [row for row in _reading.current() if row.tier == wanted]
    own = [row for row in rows if workspace_id is not None and row.workspace_id == workspace_id]
    return [*own, *(row for row in rows if row.workspace_id is None)]


def in_turn(tier: str, workspace_id: UUID | None) -> list[Connected]:
    """The same as one call tries them: of those with the same order, a weighted choice is first."""
    rows = of_tier(tier, workspace_id)
    drawn = {row.name: random.random() ** (1 / row.weight) for row in rows}
    return sorted(rows, key=lambda row: (row.workspace_id is None, row.order, -drawn[row.name]))


def fingerprint(workspace_id: UUID) -> str:
    """Changes when another model may answer for the workspace, or the same one in another way; empty without any."""
    rows = [
        [tier, row.base_url, row.model, row.order, *(row.limits[name] for name in DECISIVE_LIMITS)]
        for tier in ("large", "small")
        for row in of_tier(tier, workspace_id)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest() if rows else ""


def _connected(row: ModelConnection) -> Connected | None:
    try:
        key = row.key()
    except KeyUnreadable:
        logger.error("the key of model %s cannot be decrypted: see MODEL_KEYS_SECRET", row.engine_name)
        return None
    limits = {
        "context_tokens": row.context_tokens,
        "max_output_tokens": row.max_output_tokens,
        "reasoning_effort": row.reasoning_effort,
        "first_token_timeout_s": row.first_token_timeout_s or settings.FIRST_TOKEN_TIMEOUT_S[row.tier],
    }
    if row.total_timeout_s:
        limits["total_timeout_s"] = row.total_timeout_s
    return Connected(
        name=row.engine_name,
        workspace_id=row.workspace_id,
        tier=row.tier,
        order=row.order,
        weight=max(row.weight, 1),
        base_url=row.base_url,
        model=row.model,
        version=row.updated_at,
        limits=limits,
        key=key,
        price_as=row.price_as,
        masking=row.masking,
        capabilities=row.capabilities,
        public_only=row.is_public_only,
    )


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
