"""What the cache would do with a question: for staff who try one. Nothing is counted or served."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from caching import error_bound
from caching.matching.cacheability import Cacheability, classify
from caching.matching.candidates import Candidate, consensus_candidate, near
from caching.matching.evidence import Evidence
from caching.models import CachedAnswer, Wording
from caching.scope import Scope
from language.normalise import canonical, key


@dataclass(frozen=True, slots=True)
class Peek:
    """`entry` is what would be served, by `tier`; without one, `reason` says why not."""

    kind: Cacheability
    entry: CachedAnswer | None
    tier: str
    reason: str
    candidates: tuple[Candidate, ...] = ()


def peek(scope: Scope, question: str, vector: Any, evidence: Evidence, terms: frozenset[str] = frozenset()) -> Peek:
    """Look for the question to the letter and, with a vector, in other words."""
    kind = classify(question)
    if not kind.may_be_kept:
        return Peek(kind, None, "", f"bypass_{kind.kind}")
    same = Wording.objects.within(scope).servable().filter(key=key(canonical(question))).select_related("entry")
    if (wording := same.first()) and error_bound.allows(wording.entry, "exact_cache"):
        return Peek(kind, wording.entry, "exact_cache", "asked in the same words")
    if vector is None:
        return Peek(kind, None, "", "no_vector")
    seen: list[Candidate] = []
    for candidate in near(scope, question, vector, evidence, terms):
        if candidate.fits and error_bound.allows(candidate.entry, "semantic_cache"):
            return Peek(kind, candidate.entry, "semantic_cache", f"like: {candidate.question}", tuple(seen))
        seen.append(replace(candidate, fits=False, reason="bound") if candidate.fits else candidate)
    if (agreed := consensus_candidate(seen, evidence)) and error_bound.allows(agreed.entry, "semantic_cache"):
        return Peek(kind, agreed.entry, "semantic_cache", f"like several: {agreed.question}", tuple(seen))
    return Peek(kind, None, "", seen[0].reason if seen else "nothing_near", tuple(seen))
