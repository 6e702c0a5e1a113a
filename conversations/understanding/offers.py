"""Whether the assistant offered a person in what it said last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from assistant.engines.multilingual import encode, encode_one
from conversations.phrases import PHRASES

_SENTENCE_END = re.compile(r"(?<=[.!?\uff1f])\s+")
_SIMILAR = 0.55  # cosine, to one of our own offers
MAX_CHARS = 300


def offers_person(text: str, action: str = "") -> bool:
    """By its action, or, where that is not known, by its last question: it means what our own offers mean."""
    if action:
        return action == "offer_handoff"
    last = _SENTENCE_END.split(text.strip())[-1]
    if not last.endswith(("?", "\uff1f")) or len(last) > MAX_CHARS:
        return False
    return bool((_offers() @ encode_one(last)).max() >= _SIMILAR)


@cache
def _offers() -> np.ndarray:
    return encode(_last_sentences([words["unknown"] for words in PHRASES.values()]))


def _last_sentences(texts: Sequence[str]) -> list[str]:
    return [_SENTENCE_END.split(text)[-1] for text in texts]
