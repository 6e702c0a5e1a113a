"""What the cache would do with a question: for staff who try one. Nothing is counted or served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from caching import pairs, strata
from caching.answers import Candidate, check_evidence
from caching.cacheability import Cacheability, classify
from caching.evidence import Evidence
from caching.models import CachedAnswer, Wording
from caching.normalise import canonical, key
from caching.scope import Scope


@dataclass(frozen=True, slots=True)
class Peek:
    """`entry` is what would be served, by `tier`; without one, `reason` says why not."""

    kind: Cacheability
    entry: CachedAnswer | None
    tier: str
    reason: str
    candidates: tuple[Candidate, ...] = ()


def peek(scope: Scope, question: str, vector: Any, evidence: Evidence) -> Peek:
    """Look for the question to the letter and, with a vector, in other words."""
    kind = classify(question)
    if not kind.may_be_kept:
        return Peek(kind, None, "", f"bypass_{kind.kind}")
    same = Wording.objects.within(scope).servable().filter(key=key(canonical(question))).select_related("entry")
    if (wording := same.first()) and strata.allows(wording.entry, "exact_cache"):
        return Peek(kind, wording.entry, "exact_cache", "asked in the same words")
    if vector is None:
        return Peek(kind, None, "", "no_vector")
    return _alike(scope, question, vector, evidence, kind)


def _alike(scope: Scope, question: str, vector: Any, evidence: Evidence, kind: Cacheability) -> Peek:
    seen: list[Candidate] = []
    for wording in Wording.objects.within(scope).servable().nearest(vector, settings.CACHE_CANDIDATES):
        similarity = 1.0 - float(wording.distance)  # type: ignore[attr-defined]  # annotated by nearest()
        judged = pairs.judge(wording.text, question)
        refused = check_evidence(wording.entry, evidence) if judged.served else judged.reason
        if refused is None and not strata.allows(wording.entry, "semantic_cache"):
            refused = "bound"
        if refused is None:
            return Peek(kind, wording.entry, "semantic_cache", f"like: {wording.text}", tuple(seen))
        seen.append(Candidate(wording.entry_id, wording.text, similarity, refused, judged.probability))
    return Peek(kind, None, "", seen[0].reason if seen else "nothing_near", tuple(seen))
