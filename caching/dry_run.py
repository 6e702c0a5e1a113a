"""What the cache would do with a question, for staff who try one. Nothing is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caching.lookup import Hit, find_exact, find_similar
from caching.matching.cacheability import Cacheability, classify
from caching.matching.candidates import Candidate
from caching.matching.evidence import Evidence
from caching.models import CachedAnswer
from caching.scope import Scope


@dataclass(frozen=True, slots=True)
class Peek:
    """`entry` is what would be served, by `tier`; without one, `reason` says why not."""

    kind: Cacheability
    entry: CachedAnswer | None
    tier: str
    reason: str
    candidates: tuple[Candidate, ...] = ()


def peek(scope: Scope, question: str, vector: Any, evidence: Evidence, terms: frozenset[str] = frozenset()) -> Peek:
    """Look for the exact question and, with a vector, for similar questions."""
    kind = classify(question)
    if exact := find_exact(scope, question, dry_run=True):
        return Peek(kind, _entry(exact), exact.tier, "exact match")
    if kind.may_be_kept and vector is None:
        return Peek(kind, None, "", "no_vector")
    found = find_similar(scope, question, vector, evidence, terms=lambda: terms, dry_run=True)
    if found.hit is None:
        return Peek(kind, None, "", found.reason, found.candidates)
    *seen, served = found.candidates
    how = "similar to" if served.fits else "similar to several"
    return Peek(kind, _entry(found.hit), found.hit.tier, f"{how}: {served.question}", tuple(seen))


def _entry(hit: Hit) -> CachedAnswer | None:
    return CachedAnswer.objects.filter(pk=hit.entry_id).first()
