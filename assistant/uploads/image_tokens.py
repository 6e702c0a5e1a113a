"""How many tokens providers count for a picture, by the formulas that they publish. Pure.

OpenAI's models of the kind of gpt-4o: fitted into 2,048 by 2,048 pixels, then to 768 on the shorter side, a price for
the picture and one for each tile of 512 by 512. Those of the kind of gpt-4.1-mini: the squares of 32 by 32 that cover
it, at most 1,536, times a factor. What is smaller is not made larger.
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
}  # by how the model's name begins
SQUARE_FACTORS = {
    "gpt-4.1-mini": 1.62,
    "gpt-4.1-nano": 2.46,
    "gpt-5-mini": 1.62,
    "gpt-5-nano": 2.46,
    "o4-mini": 1.72,
}


def image_tokens(model: str, width: int, height: int) -> int:
    """The prompt tokens of one picture in high detail. A model that no formula is known for counts as gpt-4o does."""
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
    # The provider's own way: small enough, and then down to whole squares on the side that needs it most.
    share = math.sqrt(SQUARE**2 * MAX_SQUARES / (width * height))
    across, down = width * share / SQUARE, height * share / SQUARE
    share *= min(math.floor(across) / across, math.floor(down) / down)
    return math.ceil(round(width * share) / SQUARE) * math.ceil(round(height * share) / SQUARE)


def _longest_prefix(model: str, values: Mapping[str, Value]) -> Value | None:
    fitting = [prefix for prefix in values if model.startswith(prefix)]
    return values[max(fitting, key=len)] if fitting else None
