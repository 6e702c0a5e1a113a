"""Facade of the cache: find an answer by exact or similar question, store it, invalidate it.

A failure or a doubt counts as a miss and never raises an error.
"""

import logging
from dataclasses import dataclass

from channels.db import database_sync_to_async
from django.db import DatabaseError

from caching import counters
from caching.feedback import ban, complain, pin, verdict, withdraw
from caching.invalidation import delete, flush, forget_citing, forget_contributor, forget_near
from caching.lookup import Hit, Lookup, by_key, find_exact, find_similar, hit, may_serve
from caching.matching.candidates import Candidate
from caching.matching.evidence import Evidence, Source
from caching.models import CachedAnswer
from caching.scope import Scope
from caching.store import remember

log = logging.getLogger(__name__)

# The public API of this package: other packages call `answers.find_exact`, `answers.remember`, `answers.ban` ...
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
class Offer:
    """A cached answer to the exact question, for callers that store it in their own transaction.

    Call `take` last in the transaction and `counted` after the commit.
    """

    entry: CachedAnswer
    hit: Hit

    def take(self) -> bool:
        """Count the hit. Returns False if the entry was invalidated in the meantime; do not use the answer then."""
        return self.entry.count_hit()

    def counted(self) -> None:
        counters.count(self.entry.workspace_id, self.hit.tier)


def offered(scope: Scope, question: str) -> Offer | None:
    """Like `find_exact` for the first message of a conversation, but without counting the hit.

    The caller must have checked that the question is cacheable.
    """
    try:
        entry = by_key(scope, question)
    except DatabaseError:
        log.exception("Exact cache lookup failed")
        return None
    if entry is None or not may_serve(entry, "exact_cache"):
        return None
    return Offer(entry, hit(entry, "exact_cache", 1.0))


afind_exact = database_sync_to_async(find_exact, thread_sensitive=False)
afind_similar = database_sync_to_async(find_similar, thread_sensitive=False)
aremember = database_sync_to_async(remember, thread_sensitive=False)
