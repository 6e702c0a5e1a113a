"""JSON encoding that does not fail on stored data, with numbers that every JSON parser can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

# The largest signed 64-bit integer. Postgres stores larger ones, which most JSON encoders refuse.
NUMBER_MAX = 2**63 - 1


def is_storable_number(value: float) -> bool:
    """Return whether a number may be stored in JSON: finite, and within signed 64 bits."""
    return -NUMBER_MAX <= value <= NUMBER_MAX


def dumps(value: Any, default: Callable[[Any], Any] | None = None, option: int = 0) -> bytes:
    """Encode like `orjson.dumps`, but without failing on data that was stored before it was validated.

    Numbers beyond 64 bits are written with an exponent, and lone surrogates as a question mark.
    """
    try:
        return orjson.dumps(value, default, option)
    except TypeError:
        return orjson.dumps(_writable(value), default, option)


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not isinstance(value, bool) and not is_storable_number(value):
        return float(value) if abs(value) < 10**300 else str(value)[:300]
    if isinstance(value, dict):
        return {_writable(name): _writable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(each) for each in value]
    return value
