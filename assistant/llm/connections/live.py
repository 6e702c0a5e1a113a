"""The current state of each model over all processes. After each model call, a process publishes its figures to Redis.

Redis has a hash for each engine with a field for each process. No answer waits for this or depends on it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError

from assistant.circuit_breaker import CircuitBreaker
from assistant.redis.client import redis_client

WINDOW_S = 600.0  # calls are counted over this time; the data of a process without newer ones then expires
CALLS_KEPT = 2_000  # of one engine in one process
PROCESS = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"
_publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="models-live")


@dataclass
class Standing:
    """The calls of this process to one engine, and the state of its breaker."""

    calls: deque[tuple[float, bool, int]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    reason: str = ""
    failed_at: float | None = None
    open_since: float | None = None
    retry_at: float | None = None
    is_waiting: bool = False  # to be published

    def note(self, breaker: CircuitBreaker, failed: bool, reason: str, tokens: int) -> None:
        now = time.time()
        self.calls.append((now, failed, tokens))
        if failed:
            self.reason, self.failed_at = reason, now
        retry_at = breaker.retry_at
        self.open_since = None if retry_at is None else self.open_since or now
        self.retry_at = None if retry_at is None else now + retry_at - breaker.clock()

    def as_json(self) -> str:
        since = time.time() - WINDOW_S
        recent = [call for call in tuple(self.calls) if call[0] >= since]
        return json.dumps(
            {
                "at": time.time(),
                "calls": len(recent),
                "failures": sum(failed for _, failed, _ in recent),
                "tokens": sum(tokens for _, _, tokens in recent),
                "reason": self.reason,
                "failed_at": self.failed_at,
                "open_since": self.open_since,
                "retry_at": self.retry_at,
            }
        )


_standings: dict[str, Standing] = {}
_lock = threading.Lock()


def note(name: str, breaker: CircuitBreaker, *, failed: bool, reason: str, tokens: int) -> None:
    """Note a finished call of an engine, after its breaker has. Publish the state in the background."""
    with _lock:
        standing = _standings.setdefault(name, Standing())
        standing.note(breaker, failed, reason, tokens)
        if standing.is_waiting:
            return
        standing.is_waiting = True
    _publisher.submit(_publish, name, standing)


def _publish(name: str, standing: Standing) -> None:
    with _lock:
        standing.is_waiting = False
        told = standing.as_json()
    with suppress(RedisError, OSError):
        pipeline = redis_client().pipeline(transaction=False)
        pipeline.hset(_key(name), PROCESS, told)
        pipeline.expire(_key(name), round(WINDOW_S))
        pipeline.execute()


def settle() -> None:
    """Wait until everything noted so far is published."""
    _publisher.submit(lambda: None).result()


def forget() -> None:
    with _lock:
        _standings.clear()


@dataclass(frozen=True, slots=True)
class Live:
    """One model as all processes see it. `state`: idle, working, failing, half_open or open."""

    state: str = "idle"
    calls: int = 0
    failures: int = 0
    tokens: int = 0
    reason: str = ""
    since: datetime | None = None  # when the breaker opened, or the last call failed
    processes: int = 0
    open_processes: int = 0


def states(names: Iterable[str]) -> dict[str, Live] | None:
    """Return the state of each engine; None while Redis is down, as nothing is known then."""
    wanted = list(names)
    pipeline = redis_client().pipeline(transaction=False)
    for name in wanted:
        pipeline.hvals(_key(name))
    try:
        found = pipeline.execute()
    except (RedisError, OSError):
        return None
    return {name: _together([json.loads(one) for one in values]) for name, values in zip(wanted, found, strict=True)}


def _together(told: list[dict[str, Any]]) -> Live:
    now = time.time()
    recent = [one for one in told if one["at"] > now - WINDOW_S]
    broken = [one for one in recent if one["open_since"]]
    failed = [one for one in recent if one["failed_at"]]
    last = max(failed, key=lambda one: one["failed_at"], default=None)
    since = min((one["open_since"] for one in broken), default=last and last["failed_at"])
    return Live(
        state=_state(recent, broken, now),
        calls=sum(one["calls"] for one in recent),
        failures=sum(one["failures"] for one in recent),
        tokens=sum(one["tokens"] for one in recent),
        reason=last["reason"] if last else "",
        since=datetime.fromtimestamp(since, UTC) if since else None,
        processes=len(recent),
        open_processes=len(broken),
    )


def _state(recent: list[dict[str, Any]], broken: list[dict[str, Any]], now: float) -> str:
    if any(one["retry_at"] > now for one in broken):
        return "open"
    if broken:
        return "half_open"
    return state_of(sum(one["calls"] for one in recent), sum(one["failures"] for one in recent))


def state_of(calls: int, failures: int) -> str:
    """Return the state of a model that is not paused."""
    if not calls:
        return "idle"
    return "failing" if calls == failures else "working"


def _key(name: str) -> str:
    return f"models:live:{name}"
