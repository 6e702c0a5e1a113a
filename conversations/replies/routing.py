"""Decide which model answers a message, from what is known before any model is asked. Pure.

A policy is a list of limits. The small model is asked only if a message is within all of them; otherwise the first
limit that is exceeded is the reason for the large one. `cascade` checks the small model's answer in any case.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

SMALL, LARGE = "saving", "large"  # names of tiers
SMALLER_FROM_RUNG = 90  # percent of a budget from which the small model answers every message


class Reason(StrEnum):
    """Why a tier was chosen; receipts show these codes."""

    POLICY = "policy"
    BUDGET = "budget"
    COMPLAINT = "complaint"
    CONVERSATION = "conversation"
    SEVERAL_QUESTIONS = "several_questions"
    COMBINES_VALUES = "combines_values"
    LANGUAGE = "language"
    UNCERTAIN = "uncertain"
    CLOSE_CALL = "close_call"
    SEVERAL_ARTICLES = "several_articles"
    SIMPLE = "simple"


SENTENCES = {
    Reason.POLICY: "the workspace always asks the large model",
    Reason.BUDGET: "a budget is nearly used up, so the small model answers",
    Reason.COMPLAINT: "a complaint",
    Reason.CONVERSATION: "the answer needs what was said earlier",
    Reason.SEVERAL_QUESTIONS: "it asks several things",
    Reason.COMBINES_VALUES: "values have to be compared or added up",
    Reason.LANGUAGE: "a language that the small model may not answer in",
    Reason.UNCERTAIN: "search is not sure enough of the articles",
    Reason.CLOSE_CALL: "two articles fit about equally well",
    Reason.SEVERAL_ARTICLES: "the answer may stand in several articles",
    Reason.SIMPLE: "a clear question about what the articles say",
}


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about a message before a model is asked. `reader` and `margin` are None if no reader ran."""

    confidence: float  # of search that the passages answer, 0 to 1; with several questions, the lowest
    reader: float | None  # the reader's probability that the best article answers
    margin: float | None  # in log-odds, over the next article; None if there is no other
    passages: int
    articles: int  # that fit about as well as the best
    questions: int
    values: int  # numbers in the question
    combines: bool  # values have to be compared or added up
    needs_history: bool
    language: str
    complaint: bool
    rung: int  # the budget threshold reached, in percent


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits within which the small model is asked. None means no limit."""

    name: str
    confidence_min: float
    margin_min: float = 0.0
    articles_max: int | None = None
    questions_max: int | None = None
    combines: bool = True
    history: bool = True
    complaints: bool = True
    languages: frozenset[str] | None = None


ALWAYS_LARGE = Policy("always_large", confidence_min=2.0)
BALANCED = Policy(
    "balanced",
    confidence_min=0.6,
    margin_min=0.1,
    articles_max=2,
    questions_max=1,
    combines=False,
    history=False,
    complaints=False,
)
THRIFTY = Policy("thrifty", confidence_min=0.3, questions_max=2, complaints=False)
POLICIES = {policy.name: policy for policy in (ALWAYS_LARGE, BALANCED, THRIFTY)}


@dataclass(frozen=True, slots=True)
class Decision:
    """Which tier is asked first, why, and the signals behind it."""

    tier: str
    reason: Reason
    policy: str
    signals: Signals

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason]

    def as_json(self) -> dict[str, Any]:
        numbers = {name: round(v, 3) if isinstance(v, float) else v for name, v in asdict(self.signals).items()}
        return {"tier": self.tier, "reason": str(self.reason), "policy": self.policy, "signals": numbers}


def policy_of(name: str, confidence_min: float | None, small_languages: Collection[str]) -> Policy:
    """Return the policy with the workspace's own threshold. An unknown name means always the large model."""
    policy = POLICIES.get(name, ALWAYS_LARGE)
    if policy is BALANCED:
        policy = replace(policy, languages=frozenset(small_languages))
    if confidence_min is not None and policy is not ALWAYS_LARGE:
        policy = replace(policy, confidence_min=confidence_min)
    return policy


def decide(signals: Signals, policy: Policy) -> Decision:
    """Choose the large model with the first limit that the message exceeds as the reason; otherwise the small one."""
    if signals.rung >= SMALLER_FROM_RUNG:
        return Decision(SMALL, Reason.BUDGET, policy.name, signals)
    beyond = next((reason for reason, is_beyond in _limits(signals, policy) if is_beyond), None)
    if beyond:
        return Decision(LARGE, beyond, policy.name, signals)
    return Decision(SMALL, Reason.SIMPLE, policy.name, signals)


def _limits(signals: Signals, policy: Policy) -> list[tuple[Reason, bool]]:
    """Return each limit and whether the message exceeds it, the most obvious reasons first."""
    return [
        (Reason.POLICY, policy.name == ALWAYS_LARGE.name),
        (Reason.COMPLAINT, signals.complaint and not policy.complaints),
        (Reason.CONVERSATION, signals.needs_history and not policy.history),
        (Reason.SEVERAL_QUESTIONS, _is_more(signals.questions, policy.questions_max)),
        (Reason.COMBINES_VALUES, signals.combines and not policy.combines),
        (Reason.LANGUAGE, policy.languages is not None and signals.language not in policy.languages),
        (Reason.UNCERTAIN, signals.confidence < policy.confidence_min),
        (Reason.SEVERAL_ARTICLES, _is_more(signals.articles, policy.articles_max)),
        (Reason.CLOSE_CALL, signals.margin is not None and signals.margin < policy.margin_min),
    ]


def _is_more(count: int, most: int | None) -> bool:
    return most is not None and count > most
