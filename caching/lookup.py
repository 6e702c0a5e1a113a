"""The cache lookup, for replies and, as a dry run, for staff who try a question.

A failure or a doubt is a miss and never raises an error. A dry run decides like a real lookup, but counts, queues and
stores nothing.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from assistant.llm.engines.base import EngineError
from assistant.redis import client
from caching import counters, error_bound, shadow, tasks
from caching.feedback import verdict
from caching.invalidation import take_back_if_erased
from caching.matching.cacheability import Turn, classify
from caching.matching.candidates import Candidate, check_evidence, consensus_candidate, near
from caching.matching.evidence import Evidence
from caching.models import CachedAnswer, ShadowCheck, Verdict
from caching.scope import Scope
from language.normalise import canonical, key, language_in

log = logging.getLogger(__name__)
Terms = Callable[[], frozenset[str]]
NEAR_MISS_PROBABILITY = 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """A cached answer to serve. It omits the question it was found by, which another customer wrote."""

    entry_id: uuid.UUID
    answer: str
    citations: list[dict[str, Any]]
    tier: str  # exact_cache or semantic_cache
    age_s: int
    similarity: float
    cost_usd: Decimal = Decimal(0)
    made_by: str = ""  # the tier of the model that wrote it


@dataclass(frozen=True, slots=True)
class Lookup:
    """Result of a similarity lookup. `reason` is the tier of the hit, or why there was none."""

    hit: Hit | None
    reason: str
    similarity: float | None = None
    candidates: tuple[Candidate, ...] = ()


def find_exact(
    scope: Scope, question: str, history: Sequence[Turn] = (), terms: Terms = frozenset, *, dry_run: bool = False
) -> Hit | None:
    """Find the answer to a question with the same canonical form. No search and no model, only equality.

    Counts the hit. Sources need no check here: committing an edit invalidates the answers that depend on it.
    """
    try:
        if not classify(question, history).may_be_kept:
            if not dry_run:
                counters.count(scope.workspace_id, "bypass")
            return None
        entry = by_key(scope, question)
        return to_hit(entry, "exact_cache", 1.0, dry_run=dry_run) if entry else None
    except DatabaseError:
        log.exception("Exact cache lookup failed")
        return None


def by_key(scope: Scope, question: str) -> CachedAnswer | None:
    return CachedAnswer.asked_as(scope, key(canonical(question)))


def to_hit(entry: CachedAnswer, tier: str, similarity: float, *, dry_run: bool = False) -> Hit | None:
    """Count and return the hit, or None if the entry was invalidated, is suspect, or too few people have asked."""
    if not may_serve(entry, tier):
        return None
    if not dry_run:
        if not entry.count_hit():
            return None
        counters.count(entry.workspace_id, tier)
    return hit(entry, tier, similarity)


def may_serve(entry: CachedAnswer, tier: str) -> bool:
    return len(entry.contributors) >= settings.CACHE_MIN_VISITORS and error_bound.allows(entry, tier)


def hit(entry: CachedAnswer, tier: str, similarity: float) -> Hit:
    cost_usd, made_by = entry.cost_usd, entry.made_by
    return Hit(entry.pk, entry.answer, entry.citations, tier, entry.age_s(), similarity, cost_usd, made_by)


def find_similar(
    scope: Scope,
    question: str,
    vector: Any,
    evidence: Evidence,
    history: Sequence[Turn] = (),
    terms: Terms = frozenset,
    *,
    visitor: str = "",
    dry_run: bool = False,
) -> Lookup:
    """Find the answer to the same question in other words, if the question pair and the evidence agree.

    `evidence` is the result of a fresh search for this question; `terms` returns the catalogue's names, casefolded;
    `visitor` is the contributor name of the asker, so that records of the question can be erased with the person.
    Counts the hit, or the reason for the miss.
    """
    try:
        lookup = search(scope, Question(question, visitor, dry_run), vector, evidence, history, terms)
    except (DatabaseError, EngineError):
        log.exception("Similarity cache lookup failed")
        return Lookup(None, "trouble")
    if lookup.hit is None and not dry_run:
        counters.count(scope.workspace_id, lookup.reason)
    return lookup


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its asker, and whether this is a dry run."""

    text: str
    visitor: str
    dry_run: bool = False


def search(
    scope: Scope, query: Question, vector: Any, evidence: Evidence, history: Sequence[Turn], terms: Terms
) -> Lookup:
    question = query.text
    kind = classify(question, history)
    if not kind.may_be_kept:
        return Lookup(None, f"bypass_{kind.kind}")
    if language_in(question) != "en":
        return Lookup(None, "bypass_language")  # the guards read English only: other languages get exact matches
    seen: list[Candidate] = []
    for candidate in near(scope, question, vector, evidence, terms()):
        if candidate.fits:
            if (found := give(candidate, seen, query, evidence)) is not None:
                return found
            candidate = replace(candidate, fits=False, reason="bound")
        seen.append(candidate)
    if not seen:
        return Lookup(None, "nothing_near")
    agreed = consensus_candidate(seen, evidence)
    if agreed is not None and (found := give(agreed, seen, query, evidence)) is not None:
        return found
    note_near_miss(seen, query, evidence)
    return Lookup(None, seen[0].reason, seen[0].similarity, tuple(seen))


def give(candidate: Candidate, seen: Sequence[Candidate], query: Question, evidence: Evidence) -> Lookup | None:
    """Serve the candidate's answer and queue a shadow check if due. Returns None if the error bound forbids it."""
    hit = to_hit(candidate.entry, "semantic_cache", candidate.similarity, dry_run=query.dry_run)
    if hit is None:
        return None
    check_later(candidate.entry, query, evidence)
    return Lookup(hit, "semantic_cache", candidate.similarity, (*seen, candidate))


def check_later(entry: CachedAnswer, query: Question, evidence: Evidence) -> None:
    """Queue a shadow check if one is due. Fails fast without a queue, because a customer is waiting."""
    if query.dry_run or not shadow.is_due(entry) or not client.is_there():
        return
    passages = [{"n": n, "text": source.text} for n, source in enumerate(evidence.sources, start=1)]
    check = ShadowCheck.objects.create(entry=entry, asked=query.text, passages=passages, visitor=query.visitor)
    take_back_if_erased(query.visitor)
    try:
        tasks.check_hit.delay(check.pk)
    except OperationalError:
        log.warning("Could not queue a shadow check for a cache hit")


def note_near_miss(seen: Sequence[Candidate], query: Question, evidence: Evidence) -> None:
    """Queue a possible alias for review: a candidate that only the verifier doubted while the evidence agreed."""
    first = seen[0]
    if query.dry_run or first.reason != "unsure" or (first.probability or 0.0) < NEAR_MISS_PROBABILITY:
        return
    asked_before = first.entry.verdicts.filter(source=Verdict.Source.NEAR_MISS, asked=query.text).exists()
    if not asked_before and check_evidence(first.entry, evidence) is None:
        verdict(
            first.entry_id,
            Verdict.Opinion.UNDECIDED,
            source=Verdict.Source.NEAR_MISS,
            asked=query.text,
            similarity=first.similarity,
            visitor=query.visitor,
        )
        take_back_if_erased(query.visitor)
