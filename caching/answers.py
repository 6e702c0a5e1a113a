"""Answers given before: found to the letter, found in other words, remembered, forgotten.

Trouble in here is a miss, never an error; doubt is a miss.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from assistant.llm.engines.base import EngineError
from caching import counters, error_bound, redis_index, shadow, tasks
from caching.feedback import ban, complain, pin, verdict, withdraw
from caching.invalidation import delete, flush, forget_citing, forget_contributor, forget_near, take_back_if_erased
from caching.matching.cacheability import Turn, classify
from caching.matching.candidates import Candidate, check_evidence, consensus_candidate, near
from caching.matching.evidence import Evidence, Source
from caching.models import CachedAnswer, ShadowCheck, Verdict, Wording
from caching.scope import Scope
from caching.store import remember
from language.normalise import canonical, key, language_in

log = logging.getLogger(__name__)
Terms = Callable[[], frozenset[str]]
NEAR_MISS_PROBABILITY = 0.5

# The door of this room: the other rooms call `answers.find_exact`, `answers.remember`, `answers.ban` ...
__all__ = [
    "Candidate",
    "Evidence",
    "Hit",
    "Lookup",
    "Offer",
    "Source",
    "afind_exact",
    "afind_similar",
    "aremember",
    "ban",
    "complain",
    "delete",
    "find_exact",
    "find_similar",
    "flush",
    "forget_citing",
    "forget_contributor",
    "forget_near",
    "offered",
    "pin",
    "remember",
    "verdict",
    "withdraw",
]


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


def find_exact(scope: Scope, question: str, history: Sequence[Turn] = (), terms: Terms = frozenset) -> Hit | None:
    """The answer to the question whose canonical form is the same. No search, no model, nothing but equality.

    Counts the hit. Sources need no check here: an edit drops what depends on it when it is committed.
    """
    try:
        if not classify(question, history).may_be_kept:
            counters.count(scope.workspace_id, "bypass")
            return None
        entry = by_key(scope, question)
        return to_hit(entry, "exact_cache", 1.0) if entry else None
    except DatabaseError:
        log.exception("The exact cache could not be asked")
        return None


def by_key(scope: Scope, question: str) -> CachedAnswer | None:
    digest = key(canonical(question))
    known = redis_index.entry_id(scope, digest)
    if known is not None:
        entry = CachedAnswer.servable_in(scope, known)
        if entry is not None:
            return entry
        redis_index.drop(scope, digest)
    wording = Wording.servable_in(scope, digest)
    if wording is None:
        return None
    redis_index.keep(scope, digest, wording.entry_id)
    return wording.entry


def to_hit(entry: CachedAnswer, tier: str, similarity: float) -> Hit | None:
    """The hit, counted; None when the entry was dropped meanwhile, is suspect, or too few have asked."""
    if not may_serve(entry, tier) or not entry.count_hit():
        return None
    counters.count(entry.workspace_id, tier)
    return hit(entry, tier, similarity)


def may_serve(entry: CachedAnswer, tier: str) -> bool:
    return len(entry.contributors) >= settings.CACHE_MIN_VISITORS and error_bound.allows(entry, tier)


def hit(entry: CachedAnswer, tier: str, similarity: float) -> Hit:
    return Hit(entry.pk, entry.answer, entry.citations, tier, entry.age_s(), similarity, entry.cost_usd)


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer to a question to the letter, for who stores it in a transaction of their own: `take` it last there,
    and call `counted` after the commit."""

    entry: CachedAnswer
    hit: Hit

    def take(self) -> bool:
        """Count the hit. False where the entry was dropped meanwhile: then nothing of it may be given."""
        return self.entry.count_hit()

    def counted(self) -> None:
        counters.count(self.entry.workspace_id, self.hit.tier)


def offered(scope: Scope, question: str) -> Offer | None:
    """As `find_exact` for the first message of a conversation, but that nothing is counted yet. The caller has found
    that the question's answer may be kept."""
    try:
        entry = by_key(scope, question)
    except DatabaseError:
        log.exception("The exact cache could not be asked")
        return None
    if entry is None or not may_serve(entry, "exact_cache"):
        return None
    return Offer(entry, hit(entry, "exact_cache", 1.0))


def find_similar(
    scope: Scope,
    question: str,
    vector: Any,
    evidence: Evidence,
    history: Sequence[Turn] = (),
    terms: Terms = frozenset,
    *,
    visitor: str = "",
) -> Lookup:
    """The answer to the same question in other words, if two questions and the evidence agree.

    `evidence` is what a fresh search found for this question; `terms` gives the catalogue's names, casefolded;
    `visitor` is who asks, by the name of a contributor: what is noted of the question is forgotten with them.
    Counts the hit, or the reason why there was none.
    """
    try:
        lookup = search(scope, Asked(question, visitor), vector, evidence, history, terms)
    except (DatabaseError, EngineError):
        log.exception("The cache could not be searched")
        return Lookup(None, "trouble")
    if lookup.hit is None:
        counters.count(scope.workspace_id, lookup.reason)
    return lookup


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and who asks it."""

    text: str
    visitor: str


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
    hit = to_hit(candidate.entry, "semantic_cache", candidate.similarity)
    if hit is None:
        return None
    check_later(candidate.entry, asked, evidence)
    return Lookup(hit, "semantic_cache", candidate.similarity, (*seen, candidate))


def check_later(entry: CachedAnswer, asked: Asked, evidence: Evidence) -> None:
    """Queue a shadow check where one is due. Without a queue the hit goes unchecked, and at once: a customer waits."""
    if not shadow.is_due(entry) or not redis_index.is_there():
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
    if first.reason != "unsure" or (first.probability or 0.0) < NEAR_MISS_PROBABILITY:
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


afind_exact = database_sync_to_async(find_exact, thread_sensitive=False)
afind_similar = database_sync_to_async(find_similar, thread_sensitive=False)
aremember = database_sync_to_async(remember, thread_sensitive=False)
