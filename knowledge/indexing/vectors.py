"""Convert vectors for Postgres."""

from __future__ import annotations

import numpy as np
import orjson


def as_text(vector: np.ndarray) -> str:
    """Format a vector as halfvec input. Postgres and numpy round to the same half-precision values."""
    return orjson.dumps(np.ascontiguousarray(vector, np.float32), option=orjson.OPT_SERIALIZE_NUMPY).decode()
