"""Convert vectors for Postgres."""

from __future__ import annotations

import numpy as np
import orjson


def as_text(vector: np.ndarray) -> str:
    """What a halfvec is read from. Postgres rounds to half precision, to what numpy rounds to."""
    return orjson.dumps(np.ascontiguousarray(vector, np.float32), option=orjson.OPT_SERIALIZE_NUMPY).decode()
