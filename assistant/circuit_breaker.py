"""The circuit breaker for models, Redis and Postgres: what failed is left alone for a while, and then tried again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock


class CircuitBreaker:
    """Opens after `failures` failures within `window_s`. Each process has its own, and none asks another.

    While it is open, a caller either asks `allows`, which lets one call through every `retry_after_s` and the rest
    once that call succeeded; or `is_refusing`, which lets every call through again after `retry_after_s`. The second
    is for what takes several steps, such as making a connection, each of which asks.

    `retry_after_s` is called at each failure, so that a setting can be read then.
    """

    def __init__(
        self,
        retry_after_s: Callable[[], float],
        *,
        failures: int = 1,
        window_s: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.retry_after_s = retry_after_s
        self.failures = failures
        self.window_s = window_s
        self.clock = clock
        self.failed_at: deque[float] = deque(maxlen=failures)
        self.retry_at: float | None = None  # None: closed
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        """Whether it failed often enough, and has not succeeded since."""
        return self.retry_at is not None

    @property
    def is_refusing(self) -> bool:
        """Whether it is too early to try again."""
        retry_at = self.retry_at
        return retry_at is not None and self.clock() < retry_at

    def allows(self) -> bool:
        """May this call be made? While open, of all threads one call in each `retry_after_s` may: the probe."""
        if self.retry_at is None:
            return True
        with self._lock:
            if self.is_refusing:
                return False
            if self.is_open:
                self.retry_at = self.clock() + self.retry_after_s()
            return True

    def record_success(self) -> None:
        with self._lock:
            self.failed_at.clear()
            self.retry_at = None

    def record_failure(self) -> None:
        with self._lock:
            now = self.clock()
            self.failed_at.append(now)
            if len(self.failed_at) == self.failures and now - self.failed_at[0] <= self.window_s:
                self.retry_at = now + self.retry_after_s()
