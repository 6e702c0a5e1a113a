"""Whether the assistant offered a person in what it said last."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from assistant.llm.engines.multilingual import encode, encode_one
from language.sentences import QUESTION, split

_OFFERS = Path(__file__).with_name("offers.txt")  # one a line, as assistants and models word them
_SIMILAR = 0.55  # cosine to one of them: other questions of an assistant stay below 0.46
MAX_CHARS = 300


def offers_person(text: str, action: str = "") -> bool:
    """By its action, or, where that is not known, by its last question: it means what known offers mean."""
    if action:
        return action == "offer_handoff"
    last = (split(text, QUESTION) or [""])[-1]
    if not last.endswith(("?", "\uff1f")) or len(last) > MAX_CHARS:
        return False
    return bool((_offers() @ encode_one(last)).max() >= _SIMILAR)


@cache
def _offers() -> np.ndarray:
    return encode(_OFFERS.read_text(encoding="utf-8").splitlines())
