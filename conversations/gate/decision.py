"""Decide whether a message is answered, held for a person, or refused."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

from django.conf import settings

from conversations.gate.classifier import chances_of
from conversations.gate.models import GateSettings
from conversations.gate.rules import certain_reason

Verdict = Literal["allow", "hold", "refuse"]


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is spam, injection, abuse or empty; `chances` are the probabilities, empty if the rules decided."""

    verdict: Verdict
    reason: str = ""
    chances: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Return the probability of the reason, or of the most likely class; 1 if the rules refused the message."""
        if not self.chances:
            return 1.0 if self.reason else 0.0
        return self.chances[self.reason] if self.reason else max(self.chances.values())


ALLOW = Decision("allow")


def is_refused_by_rules(text: str) -> bool:
    return settings.SCREEN_MESSAGES and bool(certain_reason(text))


def decide(text: str, workspace_id: uuid.UUID | None = None) -> Decision:
    """Judge one message on its own, with the thresholds of the workspace. Takes a few milliseconds and two queries."""
    if not settings.SCREEN_MESSAGES or not any(map(str.isalpha, text)):  # laughter in pictures, amounts, numbers
        return ALLOW
    if reason := certain_reason(text):
        return Decision("refuse", reason)
    chances = chances_of(text)
    thresholds = GateSettings.of(workspace_id)
    over = {kind: chance for kind, chance in chances.items() if chance >= thresholds.hold_from(kind)}
    if not over:
        return Decision("allow", chances=chances)
    reason = max(over, key=lambda kind: over[kind])
    refused = over[reason] >= thresholds.refuse_above
    return Decision("refuse" if refused else "hold", reason, chances)
