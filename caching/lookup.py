"""The one lookup of the cache, for replies and, as a dry run, for staff who try a question.

Trouble in here is a miss, never an error; doubt is a miss. A dry run decides as a real one, but counts, queues and
writes down nothing.
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
    """An answer to give again. Not the question it was found by: those are somebody else's words."""

    entry_id: uuid.UUID
    answer: str
    citations: list[dict[str, Any]]
    tier: str  # exact_cache or semantic_cache
    age_s: int
    similarity: float
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What became of a search in other words; `reason` names the hit's tier, or why there was none."""

    hit: Hit | None
    reason: str
    similarity: float | None = None
    candidates: tuple[Candidate, ...] = ()


def find_exact(
    scope: Scope, question: str, history: Sequence[Turn] = (), terms: Terms = frozenset, *, dry_run: bool = False
) -> Hit | None:
    """The answer to the question whose canonical form is the same. No search, no model, nothing but equality.

    Counts the hit. Sources need no check here: an edit drops what depends on it when it is committed.
    """
    try:
        if not classify(question, history).may_be_kept:
            if not dry_run:
                counters.count(scope.workspace_id, "bypass")
            return None
        entry = by_key(scope, question)
        return to_hit(entry, "exact_cache", 1.0, dry_run=dry_run) if entry else None
    except DatabaseError:
        log.exception("The exact cache could not be asked")
        return None


def by_key(scope: Scope, question: str) -> CachedAnswer | None:
    return CachedAnswer.asked_as(scope, key(canonical(question)))


def to_hit(entry: CachedAnswer, tier: str, similarity: float, *, dry_run: bool = False) -> Hit | None:
    """The hit, counted; None when the entry was dropped meanwhile, is suspect, or too few have asked."""
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
    return Hit(entry.pk, entry.answer, entry.citations, tier, entry.age_s(), similarity, entry.cost_usd)


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
    """The answer to the same question in other words, if two questions and the evidence agree.

    `evidence` is what a fresh search found for this question; `terms` gives the catalogue's names, casefolded;
    `visitor` is who asks, by the name of a contributor: what is noted of the question is forgotten with them.
    Counts the hit, or the reason why there was none.
    """
    try:
        lookup = search(scope, Asked(question, visitor, dry_run), vector, evidence, history, terms)
    except (DatabaseError, EngineError):
        log.exception("The cache could not be searched")
        return Lookup(None, "trouble")
    if lookup.hit is None and not dry_run:
        counters.count(scope.workspace_id, lookup.reason)
    return lookup


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, who asks it, and whether it is only tried."""

    text: str
    visitor: str
    dry_run: bool = False


def search(
    scope: Scope, asked: Asked, vector: Any, evidence: Evidence, history: Sequence[Turn], terms: Terms
) -> Lookup:
    question = asked.text
    kind = classify(question, history)
    if not kind.may_be_kept:
        return Lookup(None, f"bypass_{kind.kind}")
    if language_in(question) != "en":
        return Lookup(None, "bypass_language")  # the guards read English: elsewhere only the letter counts
    seen: list[Candidate] = []
    for candidate in near(scope, question, vector, evidence, terms()):
        if candidate.fits:
            if (found := give(candidate, seen, asked, evidence)) is not None:
                return found
            candidate = replace(candidate, fits=False, reason="bound")
        seen.append(candidate)
    if not seen:
        return Lookup(None, "nothing_near")
    agreed = consensus_candidate(seen, evidence)
    if agreed is not None and (found := give(agreed, seen, asked, evidence)) is not None:
        return found
    note_near_miss(seen, asked, evidence)
    return Lookup(None, seen[0].reason, seen[0].similarity, tuple(seen))


def give(candidate: Candidate, seen: Sequence[Candidate], asked: Asked, evidence: Evidence) -> Lookup | None:
    """The candidate's answer, served and checked later where that is due; None where the bound stands against it."""
    hit = to_hit(candidate.entry, "semantic_cache", candidate.similarity, dry_run=asked.dry_run)
    if hit is None:
        return None
    check_later(candidate.entry, asked, evidence)
    return Lookup(hit, "semantic_cache", candidate.similarity, (*seen, candidate))


def check_later(entry: CachedAnswer, asked: Asked, evidence: Evidence) -> None:
    """Queue a shadow check where one is due. Without a queue the hit goes unchecked, and at once: a customer waits."""
    if asked.dry_run or not shadow.is_due(entry) or not client.is_there():
        return
    passages = [{"n": n, "text": source.text} for n, source in enumerate(evidence.sources, start=1)]
    check = ShadowCheck.objects.create(entry=entry, asked=asked.text, passages=passages, visitor=asked.visitor)
    take_back_if_erased(asked.visitor)
    try:
        tasks.check_hit.delay(check.pk)
    except OperationalError:
        log.warning("A hit could not be queued for its shadow check")


def note_near_miss(seen: Sequence[Candidate], asked: Asked, evidence: Evidence) -> None:
    """Put before a person what only the verifier doubted while the evidence agreed: a possible alias."""
    first = seen[0]
    if asked.dry_run or first.reason != "unsure" or (first.probability or 0.0) < NEAR_MISS_PROBABILITY:
        return
    asked_before = first.entry.verdicts.filter(source=Verdict.Source.NEAR_MISS, asked=asked.text).exists()
    if not asked_before and check_evidence(first.entry, evidence) is None:
        verdict(
            first.entry_id,
            Verdict.Opinion.UNDECIDED,
            source=Verdict.Source.NEAR_MISS,
            asked=asked.text,
            similarity=first.similarity,
            visitor=asked.visitor,
        )
        take_back_if_erased(asked.visitor)
