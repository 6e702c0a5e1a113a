"""Show staff what the cache would do with a question, without counting anything."""

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
    """`entry` is the answer that would be served and `tier` how it was found; without an entry, `reason` says why."""

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
    lookup = find_similar(scope, question, vector, evidence, terms=lambda: terms, dry_run=True)
    if lookup.hit is None:
        return Peek(kind, None, "", lookup.reason, lookup.candidates)
    *rejected, chosen = lookup.candidates
    how = "similar to" if chosen.fits else "similar to several"
    return Peek(kind, _entry(lookup.hit), lookup.hit.tier, f"{how}: {chosen.question}", tuple(rejected))


def _entry(hit: Hit) -> CachedAnswer | None:
    return CachedAnswer.objects.filter(pk=hit.entry_id).first()
