"""Cached questions similar to a new one, each with the reason why its answer can't be used."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from caching import shadow
from caching.matching import equivalence
from caching.matching.consensus import vouched_for
from caching.matching.evidence import DependencyStatus, Evidence, gate
from caching.models import CachedAnswer, Verdict, Wording
from caching.scope import Scope
from language.negation import NEGATORS
from language.normalise import words


@dataclass(frozen=True, slots=True)
class Candidate:
    """A similar entry. `reason` says why it answers the new question too, or why it does not."""

    entry: CachedAnswer
    question: str
    similarity: float
    fits: bool
    reason: str
    probability: float | None = None

    @property
    def entry_id(self) -> uuid.UUID:
        return self.entry.pk


def near(
    scope: Scope, question: str, vector: Any, evidence: Evidence, terms: frozenset[str] = frozenset()
) -> Iterator[Candidate]:
    """Yield the nearest entries first; each is judged lazily."""
    for wording in Wording.objects.within(scope).servable().nearest(vector, settings.CACHE_CANDIDATES):
        similarity = 1.0 - float(wording.distance)  # type: ignore[attr-defined]  # annotated by nearest()
        judgement = equivalence.judge(wording.text, question, terms=terms)
        refused = check_evidence(wording.entry, evidence) if judgement.served else judgement.reason
        reason = refused or judgement.reason
        yield Candidate(wording.entry, wording.text, similarity, refused is None, reason, judgement.probability)


def check_evidence(entry: CachedAnswer, evidence: Evidence) -> str | None:
    dependencies = [DependencyStatus(d.key, d.revision, d.content_hash) for d in entry.dependencies.all()]
    return gate(entry.answer, dependencies, evidence)


def consensus_candidate(seen: Sequence[Candidate], evidence: Evidence) -> Candidate | None:
    """Return the likeliest of the doubted candidates whose answer other candidates share, or None.

    None also if a candidate that fits was refused for another reason, or if the evidence contradicts the answer.
    """
    doubted = [candidate for candidate in seen if candidate.probability is not None]
    if any(candidate.reason != "unsure" for candidate in doubted):
        return None
    place = vouched_for(
        [candidate.probability or 0.0 for candidate in doubted],
        lambda i, j: same_answer(doubted[i].entry, doubted[j].entry),
    )
    if place is None or check_evidence(doubted[place].entry, evidence) is not None:
        return None
    return doubted[place]


def same_answer(a: CachedAnswer, b: CachedAnswer) -> bool:
    """Return whether two entries are one, or share their main article, numbers and words, and agree in negation."""
    if a.pk == b.pk:
        return True
    if a.cluster != b.cluster or denies(a.answer) != denies(b.answer):
        return False
    return shadow.opinion(a.answer, b.answer) == Verdict.Opinion.RIGHT


def denies(answer: str) -> bool:
    return not NEGATORS.isdisjoint(words(answer))
