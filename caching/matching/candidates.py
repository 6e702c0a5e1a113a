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
    """An entry that is close. `reason` says why it answers the new question too or, where it does not fit, why not."""

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
    """The nearest first; each is looked at only when it is asked for."""
    for wording in Wording.objects.within(scope).servable().nearest(vector, settings.CACHE_CANDIDATES):
        similarity = 1.0 - float(wording.distance)  # type: ignore[attr-defined]  # annotated by nearest()
        judged = equivalence.judge(wording.text, question, terms=terms)
        refused = check_evidence(wording.entry, evidence) if judged.served else judged.reason
        reason = refused or judged.reason
        yield Candidate(wording.entry, wording.text, similarity, refused is None, reason, judged.probability)


def check_evidence(entry: CachedAnswer, evidence: Evidence) -> str | None:
    stands = [DependencyStatus(d.key, d.revision, d.content_hash) for d in entry.dependencies.all()]
    return gate(entry.answer, stands, evidence)


def consensus_candidate(seen: Sequence[Candidate], evidence: Evidence) -> Candidate | None:
    """Of candidates that the verifier doubted each alone, the likeliest one whose answer others gave too.

    None as soon as one that fits was refused for another reason, and where the evidence speaks against it.
    """
    doubted = [candidate for candidate in seen if candidate.probability is not None]
    if any(candidate.reason != "unsure" for candidate in doubted):
        return None
    place = vouched_for(
        [candidate.probability or 0.0 for candidate in doubted],
        lambda i, j: answered_alike(doubted[i].entry, doubted[j].entry),
    )
    if place is None or check_evidence(doubted[place].entry, evidence) is not None:
        return None
    return doubted[place]


def answered_alike(a: CachedAnswer, b: CachedAnswer) -> bool:
    """One entry, or two whose answers stand on the same article, agree in numbers and words, and deny alike."""
    if a.pk == b.pk:
        return True
    if a.cluster != b.cluster or denies(a.answer) != denies(b.answer):
        return False
    return shadow.opinion(a.answer, b.answer) == Verdict.Opinion.RIGHT


def denies(answer: str) -> bool:
    return not NEGATORS.isdisjoint(words(answer))
