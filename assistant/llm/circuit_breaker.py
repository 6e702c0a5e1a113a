"""A fuse for each engine: after a row of failures it is left alone, and tried again now and then."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Breaker:
    """Opens after `failures` failures within `window_s`; lets one try through every `probe_interval_s` then.

    Lives in one process: each process learns for itself, and none has to ask another before it calls.
    """

    def __init__(
        self,
        failures: int,
        window_s: float,
        probe_interval_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures = failures
        self.window_s = window_s
        self.probe_interval_s = probe_interval_s
        self.clock = clock
        self.failed_at: deque[float] = deque(maxlen=failures)
        self.next_probe_at: float | None = None  # None: closed

    @property
    def is_open(self) -> bool:
        return self.next_probe_at is not None

    def lets_through(self) -> bool:
        """May this call be made? True once per interval while open: that call is the probe."""
        if self.next_probe_at is None:
            return True
        now = self.clock()
        if now < self.next_probe_at:
            return False
        self.next_probe_at = now + self.probe_interval_s
        return True

    def succeeded(self) -> None:
        self.failed_at.clear()
        self.next_probe_at = None

    def failed(self) -> None:
        now = self.clock()
        self.failed_at.append(now)
        if len(self.failed_at) == self.failures and now - self.failed_at[0] <= self.window_s:
            self.next_probe_at = now + self.probe_interval_s
