"""JSON that can always be written, and numbers that every reader of JSON can hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

# What fits 64 bits with a sign: more is read back from Postgres as a number that most JSON writers refuse.
NUMBER_MAX = 2**63 - 1


def is_storable_number(value: float) -> bool:
    """Whether a number may be kept in JSON: finite, and within 64 bits."""
    return -NUMBER_MAX <= value <= NUMBER_MAX


def dumps(value: Any, default: Callable[[Any], Any] | None = None, option: int = 0) -> bytes:
    """As `orjson.dumps`, but that nothing stored long ago can make it fail.

    A number beyond 64 bits is written with an exponent, and half of a surrogate pair as a question mark.
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
