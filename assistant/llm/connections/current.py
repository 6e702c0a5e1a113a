"""The connections in use, cached in the memory of each process and reloaded when staff change them.

Callers normally do not wait for the database: rows older than MODEL_CONNECTIONS_FRESH_S are reloaded in a thread, and
the previous ones are used meanwhile. Three callers wait: synchronous code in a process that has not loaded them for
IDLE_S, the start of a web process, and code that is about to call a model (`aready`).
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
DECISIVE_LIMITS = ("reasoning_effort", "max_output_tokens")  # limits that change what a model answers
TIERS = {"large": "large", "small": "small", "saving": "small"}  # small servers also answer when a budget runs low


@dataclass(frozen=True, slots=True)
class Connected:
    """A usable connection."""

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
        """Return what identifies the server: if it changes, nothing known about the old one applies."""
        return (self.base_url, self.key, self.model)


class Reading:
    """The connections as this process last loaded them."""

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
        """Reload the connections in a separate thread. Callers share the future of a reload in progress."""
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
        """Reload the connections if any has changed. While the database is down, keep the previous ones."""
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
    """Wait until the connections are fresh. Return at once if they are."""
    if not settings.MODEL_CONNECTIONS or _reading.age_s < settings.MODEL_CONNECTIONS_FRESH_S:
        return
    asked_at = time.monotonic()
    await asyncio.wrap_future(_reading.read_soon())
    if _reading.begun_at < asked_at:  # a reload that was already running may have missed later changes
        await asyncio.wrap_future(_reading.read_soon())


def rows() -> tuple[Connected, ...]:
    """Return all usable connections of every workspace. The object is the same until something changes."""
    return _reading.current()


def find(name: str) -> Connected | None:
    return next((row for row in _reading.current() if row.name == name), None)


def of_tier(tier: str, workspace_id: UUID | None) -> list[Connected]:
    """Return the connections that may answer for a workspace: its own, then those for all, each sorted by order."""
    wanted = TIERS.get(tier, tier)
    rows = [row for row in _reading.current() if row.tier == wanted]
    own = [row for row in rows if workspace_id is not None and row.workspace_id == workspace_id]
    return [*own, *(row for row in rows if row.workspace_id is None)]


def in_turn(tier: str, workspace_id: UUID | None) -> list[Connected]:
    """Return the connections in the order in which one call tries them; equal orders are shuffled by weight."""
    rows = of_tier(tier, workspace_id)
    drawn = {row.name: random.random() ** (1 / row.weight) for row in rows}
    return sorted(rows, key=lambda row: (row.workspace_id is None, row.order, -drawn[row.name]))


def fingerprint(workspace_id: UUID) -> str:
    """Return a hash that changes with the models that may answer for the workspace and their decisive limits.

    Empty if there are none.
    """
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
