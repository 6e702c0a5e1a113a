"""Classify the act of a message: greeting, thanks, agreement, complaint, question. Trained on ten languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np

from assistant.llm.engines.multilingual import encode_one
from conversations.understanding.features import features_of

_WEIGHTS = Path(__file__).with_name("acts.npz")
MAX_CHARS = 300  # longer messages count as questions
# Below this probability, an act is not certain enough to be answered without a search.
MIN_PROBABILITY = 0.6


class Act(StrEnum):
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    ACKNOWLEDGEMENT = "acknowledgement"
    PRAISE = "praise"
    ARE_YOU_A_BOT = "are_you_a_bot"
    WHO_ARE_YOU = "who_are_you"
    WHAT_CAN_YOU_DO = "what_can_you_do"
    CHAT = "chat"
    YES = "yes"
    NO = "no"
    WANTS_PERSON = "wants_person"
    COMPLAINT = "complaint"
    PERSONAL = "personal"
    ACT = "act"
    VAGUE = "vague"
    QUESTION = "question"


class ToOffer(StrEnum):
    """How a message responds to the offer of a person."""

    ACCEPT = "accept"
    DECLINE = "decline"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """The act of a message and its probability (0 to 1)."""

    act: Act
    probability: float
    wish_for_person: float = 0.0  # probability that it asks for a person, whatever its act

    @property
    def is_sure(self) -> bool:
        return self.probability >= MIN_PROBABILITY


def act_of(text: str) -> Message:
    """Return the act of a message. One longer than MAX_CHARS always counts as a question."""
    if len(text) > MAX_CHARS:
        return Message(Act.QUESTION, 1.0)
    chances = _chances("acts", text)
    act = max(chances, key=lambda name: chances[name])
    return Message(Act(act), chances[act], chances[Act.WANTS_PERSON])


def answer_to_offer(text: str) -> ToOffer:
    """Return whether a message accepts or declines the offer made just before it."""
    if len(text) > MAX_CHARS:
        return ToOffer.OTHER
    chances = _chances("offer", text)
    return ToOffer(max(chances, key=lambda name: chances[name]))


def _chances(name: str, text: str) -> dict[str, float]:
    weights = _weights()
    features = features_of([text], encode_one(text)[None, :])[0]
    scores = weights[f"{name}_weights"] @ features + weights[f"{name}_bias"]
    chances = np.exp(scores - scores.max())
    return dict(zip(map(str, weights[name]), (chances / chances.sum()).tolist(), strict=True))


@cache
def _weights() -> dict[str, np.ndarray]:
    with np.load(_WEIGHTS) as file:
        return {name: file[name] for name in file.files}
