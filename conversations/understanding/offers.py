"""Detect whether the assistant's last message offered a person."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from assistant.llm.engines.multilingual import encode, encode_one
from language.sentences import QUESTION, split

_OFFERS = Path(__file__).with_name("offers.txt")  # one per line, as worded by assistants and models
_SIMILAR = 0.55  # minimum cosine to one of them; an assistant's other questions stay below 0.46
MAX_CHARS = 300


def offers_person(text: str, action: str = "") -> bool:
    """Decide by the message's action or, if unknown, by the similarity of its last question to known offers."""
    if action:
        return action == "offer_handoff"
    last = (split(text, QUESTION) or [""])[-1]
    if not last.endswith(("?", "\uff1f")) or len(last) > MAX_CHARS:
        return False
    return bool((_offers() @ encode_one(last)).max() >= _SIMILAR)


@cache
def _offers() -> np.ndarray:
    return encode(_OFFERS.read_text(encoding="utf-8").splitlines())
