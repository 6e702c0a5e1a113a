"""Tokens that providers count for a picture, by their published formulas. No I/O.

OpenAI models like gpt-4o: the picture is scaled down to fit 2,048 by 2,048 pixels, then to 768 on the shorter side, and
costs base tokens plus tokens per tile of 512 by 512. Models like gpt-4.1-mini: the number of covering squares of 32 by
32, at most 1,536, times a factor. Smaller pictures are not scaled up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")
TILE, SQUARE = 512, 32
MAX_SIDE, MAX_SHORT_SIDE, MAX_SQUARES = 2048, 768, 1_536
BASE_AND_TILE_TOKENS = {
    "gpt-4o-mini": (2833, 5667),
    "gpt-5": (70, 140),
    "": (85, 170),
}  # by prefix of the model's name
SQUARE_FACTORS = {
    "gpt-4.1-mini": 1.62,
    "gpt-4.1-nano": 2.46,
    "gpt-5-mini": 1.62,
    "gpt-5-nano": 2.46,
    "o4-mini": 1.72,
}


def image_tokens(model: str, width: int, height: int) -> int:
    """Return the prompt tokens of one picture in high detail. A model without a known formula counts like gpt-4o."""
    factor = _longest_prefix(model, SQUARE_FACTORS)
    if factor is not None:
        return math.ceil(_squares(width, height) * factor)
    base, each = _longest_prefix(model, BASE_AND_TILE_TOKENS) or BASE_AND_TILE_TOKENS[""]
    return base + each * _tiles(width, height)


def _tiles(width: int, height: int) -> int:
    share = min(1.0, MAX_SIDE / max(width, height))
    share *= min(1.0, MAX_SHORT_SIDE / (min(width, height) * share))
    return math.ceil(round(width * share) / TILE) * math.ceil(round(height * share) / TILE)


def _squares(width: int, height: int) -> int:
    squares = math.ceil(width / SQUARE) * math.ceil(height / SQUARE)
    if squares <= MAX_SQUARES:
        return squares
    # As the provider does: scale to at most MAX_SQUARES, then down to whole squares on the side that needs it more.
    share = math.sqrt(SQUARE**2 * MAX_SQUARES / (width * height))
    across, down = width * share / SQUARE, height * share / SQUARE
    share *= min(math.floor(across) / across, math.floor(down) / down)
    return math.ceil(round(width * share) / SQUARE) * math.ceil(round(height * share) / SQUARE)


def _longest_prefix(model: str, values: Mapping[str, Value]) -> Value | None:
    prefixes = [prefix for prefix in values if model.startswith(prefix)]
    return values[max(prefixes, key=len)] if prefixes else None
