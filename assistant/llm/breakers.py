"""The circuit breaker of each engine. It exists as long as its engine."""

from __future__ import annotations

import weakref

from django.conf import settings

from assistant.circuit_breaker import CircuitBreaker
from assistant.llm.engines.base import Engine

_breakers: weakref.WeakKeyDictionary[Engine, CircuitBreaker] = weakref.WeakKeyDictionary()


def breaker_of(engine: Engine) -> CircuitBreaker:
    if engine not in _breakers:
        _breakers[engine] = CircuitBreaker(
            lambda: settings.BREAKER_PROBE_INTERVAL_S,
            failures=settings.BREAKER_FAILURES,
            window_s=settings.BREAKER_WINDOW_S,
        )
    return _breakers[engine]


def carry_over(old: Engine, new: Engine) -> None:
    """Keep the breaker of an engine that is replaced by one for the same server and model."""
    _breakers[new] = breaker_of(old)
