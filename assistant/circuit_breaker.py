"""A circuit breaker for models, Redis and Postgres: after failures, no calls for a while, then one to try again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock


class CircuitBreaker:
    """Opens after `failures` failures within `window_s`. Each process has its own.

    While it is open, `allows` permits one call per `retry_after_s`, and all calls once that one has succeeded.
    `is_refusing` is the alternative for operations of several steps that each check the breaker, such as connecting: it
    permits all calls after `retry_after_s`.

    `retry_after_s` is called at each failure, so that a changed setting takes effect.
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
        """Whether there were enough failures, and no success since."""
        return self.retry_at is not None

    @property
    def is_refusing(self) -> bool:
        """Whether it is open and `retry_after_s` has not passed."""
        retry_at = self.retry_at
        return retry_at is not None and self.clock() < retry_at

    def allows(self) -> bool:
        """Return whether this call may be made. While open, only one call per `retry_after_s` may, in any thread."""
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
