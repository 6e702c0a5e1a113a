"""The kept questions near a new one, and what stands against giving one of their answers."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from caching import pairs
from caching.evidence import Evidence, Stand, gate
from caching.models import CachedAnswer, Wording
from caching.scope import Scope


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
        judged = pairs.judge(wording.text, question, terms=terms)
        refused = check_evidence(wording.entry, evidence) if judged.served else judged.reason
        reason = refused or judged.reason
        yield Candidate(wording.entry, wording.text, similarity, refused is None, reason, judged.probability)


def check_evidence(entry: CachedAnswer, evidence: Evidence) -> str | None:
    stands = [Stand(d.key, d.revision, d.content_hash) for d in entry.dependencies.all()]
    return gate(entry.answer, stands, evidence)
