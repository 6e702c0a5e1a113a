"""Store an answer in the cache, if it can be reused."""

import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from assistant.llm.engines.base import EngineError
from caching import counters
from caching.matching import equivalence
from caching.matching.cacheability import Cacheability, Turn, classify, classify_answer
from caching.matching.evidence import Source
from caching.matching.grounding import Known, ungrounded
from caching.models import CachedAnswer
from caching.scope import Scope
from language.normalise import canonical, key

log = logging.getLogger(__name__)


def remember(
    scope: Scope,
    question: str,
    vector: Any,
    answer: str,
    citations: list[dict[str, Any]],
    sources: Sequence[Source],
    *,
    kind: str = "static",
    cost_usd: Decimal = Decimal(0),
    made_by: str = "",
    contributor: str = "",
    finish_reason: str = "stop",
    history: Sequence[Turn] = (),
    sources_hold: Callable[[], bool] = lambda: True,
) -> CachedAnswer | None:
    """Cache an answer. Returns None, with the reason counted, if it may not be cached.

    `question` must stand alone; `sources` are the cited passages as of the time the answer was generated. Pinned and
    banned answers stay as they are. `sources_hold` runs inside the transaction: it locks the sources and returns
    whether they are still live and unchanged.
    """
    verdict = keepable(question, history, answer, cited(citations, sources), finish_reason, kind)
    if not verdict.may_be_kept:
        note_refusal(scope, verdict)
        return None
    fields: dict[str, Any] = {"question": question, "answer": answer, "citations": citations, "cost_usd": cost_usd}
    fields |= {"made_by": made_by, "kind": verdict.kind, "why": verdict.why[:200], "expires_at": expiry(verdict.kind)}
    try:
        with transaction.atomic():
            if not sources_hold():
                note_refusal(scope, Cacheability("dynamic", "a source changed while the answer was written"))
                return None
            return store(scope, fields, vector, sources, contributor)
    except DatabaseError as error:  # the database is down, or another request stored an answer first
        log.warning("Could not cache an answer: %s", error)
        return None
    finally:
        warm_token_vectors(question)


def note_refusal(scope: Scope, verdict: Cacheability) -> None:
    counters.count(scope.workspace_id, f"not_kept_{verdict.kind}")
    log.info("Answer not cached: %s", verdict.why)


def warm_token_vectors(question: str) -> None:
    """Compute a question's token vectors now, while no customer waits, and not at the first similar question."""
    with contextlib.suppress(EngineError):
        equivalence.vectors(question)


def cited(citations: Sequence[dict[str, Any]], sources: Sequence[Source]) -> str:
    """Return the text of the cited sources, with their names and addresses; empty if the answer cites none."""
    if not (citations and sources):
        return ""
    labels = [str(citation.get(name) or "") for citation in citations for name in ("title", "url")]
    return "\n".join([*labels, *(f"{source.labels}\n{source.text}" for source in sources)])


def keepable(
    question: str, history: Sequence[Turn], answer: str, cited_text: str, finish_reason: str, kind: str
) -> Cacheability:
    question_kind = classify(question, history)
    answered = classify_answer(answer, cited=bool(cited_text), finish_reason=finish_reason)
    if not answered.may_be_kept:
        return answered
    values = Known.of(cited_text)
    for part, text in (("question", question), ("answer", answer)):
        if missing := ungrounded(text, values):
            return Cacheability("personal", f"the {part} holds a value ({missing}) that no cited passage holds")
    if kind not in {"static", "dynamic"}:
        return Cacheability("personal", f"held to be {kind} by the caller")
    if kind == "dynamic" and question_kind.kind == "static":
        return Cacheability("dynamic", "held to be dynamic by the caller", may_be_kept=True)
    return question_kind


def expiry(kind: str) -> datetime:
    """Return the expiry time with jitter, so that entries stored together do not expire together."""
    ttl_s = settings.CACHE_TTL_S if kind == "static" else settings.CACHE_DYNAMIC_TTL_S
    share = settings.CACHE_TTL_JITTER_SHARE
    return timezone.now() + timedelta(seconds=ttl_s * random.uniform(1 - share, 1 + share))


def store(
    scope: Scope, fields: dict[str, Any], vector: Any, sources: Sequence[Source], contributor: str
) -> CachedAnswer | None:
    digest = key(canonical(fields["question"]))
    entry = CachedAnswer.objects.select_for_update().within(scope).filter(key=digest).first()
    if entry is not None and (entry.state == CachedAnswer.State.BANNED or entry.pinned):
        return None
    if entry is None:
        entry = CachedAnswer(
            workspace_id=scope.workspace_id, locale=scope.locale, audience=scope.audience, release=scope.release
        )
    entry.cluster = sources[0].key
    entry.renew(digest, fields, contributor)
    entry.wordings.update_or_create(
        key=digest,
        defaults={"text": fields["question"], "embedding": vector},
    )
    entry.depend_on([(source.key, source.revision, source.content_hash) for source in sources])
    return entry
