"""Look up a cached answer, or wait for the same answer being written for another customer.

An answer that may be shared is written without the conversation. Other customers see it only after the cache has
accepted it.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from decimal import Decimal
from functools import partial
from time import monotonic

import numpy as np
from channels.db import database_sync_to_async
from django.conf import settings

from assistant.llm import prompts
from caching import answers, single_flight
from caching.answers import Evidence, Hit, Source
from caching.matching.cacheability import Cacheability
from caching.scope import Scope
from caching.single_flight import Lease
from conversations.events import notify
from conversations.messaging.question import Question
from conversations.models import Contact
from conversations.replies.receipts import EVERYONE, ReplyState
from knowledge.articles import sources
from knowledge.search.search import Passage
from language import follow_ups

LOOK_INTERVAL_S = 1.0  # the longest delay of a follower after a lost notification
STREAMED_PIECES = 6  # into which a shared answer is split for streaming
WORD = re.compile(r"\s*\S+|\s+$")


def scope_of(question: Question) -> Scope | None:
    """Return the scope for looking up and storing the answer; None if the question may not use the cache."""
    if not question.workspace.cache_enabled or question.file_ids or question.trial:
        return None
    release = prompts.release(question.workspace)
    return Scope(question.workspace.id, question.conversation.locale, question.audience, release)


def is_for_everyone(question: Question, kind: Cacheability) -> bool:
    """Return whether the question stands alone and is not about one customer, so that one answer fits everyone."""
    return kind.may_be_kept and as_looked_up(question)[0] == question.text


def look_up(question: Question) -> tuple[Scope | None, Hit | None]:
    """Return the question's scope, and the cached answer to exactly this question, if there is one."""
    scope = scope_of(question)
    text, turns = as_looked_up(question)
    return scope, answers.find_exact(scope, text, turns, question.terms) if scope else None


alook_up = database_sync_to_async(look_up, thread_sensitive=False)


def as_looked_up(question: Question) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the question and history for the cache lookup; a follow-up is rewritten as a stand-alone question.

    This is for lookups only: the answer to a follow-up was written for one conversation and is never stored.
    """
    whole = follow_ups.rewritten(question.text, question.turns, locale=question.conversation.locale)
    return (whole, ()) if whole else (question.text, question.turns)


def from_cache(hit: Hit, draft: ReplyState, source: str = "") -> str:
    """Return the answer of a hit and note it in the draft. The wording of the earlier question stays private."""
    if not draft.ms:
        draft.lap("exact")
    draft.source, draft.citations, draft.cache_entry = source or hit.tier, hit.citations, str(hit.entry_id)
    draft.written_for, draft.made_by = EVERYONE, hit.made_by
    draft.why_tier = f"answered before, {hit.age_s:.0f} s ago"
    return hit.answer


async def retold(hit: Hit, draft: ReplyState) -> AsyncGenerator[str, None]:
    """Stream the answer that a leader has just written as the follower's own."""
    answer = from_cache(hit, draft, "shared_call")
    words = WORD.findall(answer)
    size = max(1, -(-len(words) // STREAMED_PIECES))
    for start in range(0, len(words), size):
        if start:
            await asyncio.sleep(1 / settings.REPLY_DELTAS_PER_S)
        yield "".join(words[start : start + size])


def evidence_of(passages: tuple[Passage, ...]) -> Evidence:
    return Evidence(_sources(passages))


def _sources(passages: tuple[Passage, ...], shop: str = "") -> tuple[Source, ...]:
    return tuple(
        Source(
            key=passage.source_key,
            revision=passage.revision,
            content_hash=passage.content_hash,
            text=passage.text,
            labels="\n".join([shop, passage.title, passage.heading_path, passage.product]),
        )
        for passage in passages
    )


async def remember(scope: Scope, question: Question, vector: np.ndarray, draft: ReplyState, index_version: int) -> None:
    """Offer a complete, cited answer to the cache, which decides whether to store it.

    Answers without citations, with an action or with unsupported sentences are not offered. Only for answers written
    without the conversation. `question` is the original with its history, so that the cache can check again whether it
    stands alone. `index_version` is the one that was searched.
    """
    numbers = {citation["n"] for citation in draft.citations}
    cited = tuple(p for n, p in enumerate(draft.passages, start=1) if n in numbers)
    if not cited or draft.action or draft.unsupported or draft.cacheability is None:
        return
    entry = await answers.aremember(
        scope,
        question.text,
        vector,
        draft.text,
        draft.citations,
        _sources(cited, shop=question.workspace.name),
        kind=draft.cacheability.kind,
        cost_usd=draft.call.cost_usd if draft.call else Decimal(0),
        made_by=draft.call.tier if draft.call else "",
        contributor=str(question.contact.id),
        finish_reason=draft.finish_reason,
        history=question.turns,
        sources_hold=partial(_hold, question, cited, index_version),
    )
    draft.kept = entry is not None


def _hold(question: Question, cited: tuple[Passage, ...], index_version: int) -> bool:
    """Lock both, and return whether the sources are still live and unchanged and the customer was not erased."""
    contact = Contact.objects.select_for_update(no_key=True, nowait=True).filter(pk=question.contact.pk)
    return sources.hold(question.workspace.id, question.audience, cited, index_version) and contact.first() is not None


@contextlib.asynccontextmanager
async def lead(scope: Scope, question: Question, draft: ReplyState) -> AsyncIterator[Lease]:
    """Become the leader for this question, or get the leader's reply id. When a leader ends, followers are notified."""
    lease = Lease(leader=False)
    try:
        async with single_flight.lead(scope, question.text, draft.reply_id) as lease:
            yield lease
    finally:
        if lease.leader:
            await notify.wake(single_flight.name_of(scope, question.text))


async def has_ended(scope: Scope, question: Question, leader_reply_id: str) -> bool:
    """Wait until this reply no longer leads. Return False if it still does after CACHE_FOLLOW_WAIT_S."""
    deadline = monotonic() + settings.CACHE_FOLLOW_WAIT_S
    async with notify.listening(single_flight.name_of(scope, question.text)) as woken:
        while leader_reply_id and await single_flight.leader_of(scope, question.text) == leader_reply_id:
            if (left_s := deadline - monotonic()) <= 0:
                return False
            await notify.wait(woken, min(left_s, LOOK_INTERVAL_S))
            woken.clear()
    return True
