"""Look for a cached answer, or join an answer that is being written for someone else.

What may be shared is written without the conversation. Nobody is shown a word of somebody else's answer before
the cache has taken it.
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

LOOK_INTERVAL_S = 1.0  # how long a lost wake can delay a follower
STREAMED_PIECES = 6  # an answer that the cache has taken is handed on in so many
WORD = re.compile(r"\s*\S+|\s+$")


def scope_of(question: Question) -> Scope | None:
    """Where an answer may be looked up and kept; None where nothing may."""
    if not question.workspace.cache_enabled or question.file_ids or question.trial:
        return None
    release = prompts.release(question.workspace)
    return Scope(question.workspace.id, question.conversation.locale, question.audience, release)


def is_for_everyone(question: Question, kind: Cacheability) -> bool:
    """Whether the question is whole by itself and nobody's in particular: one answer does for all who ask it."""
    return kind.may_be_kept and as_looked_up(question)[0] == question.text


def look_up(question: Question) -> tuple[Scope | None, Hit | None]:
    """The scope of a question, and the answer to the letter, if one is kept there."""
    scope = scope_of(question)
    text, turns = as_looked_up(question)
    return scope, answers.find_exact(scope, text, turns, question.terms) if scope else None


alook_up = database_sync_to_async(look_up, thread_sensitive=False)


def as_looked_up(question: Question) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The question and what was said before it, as the cache is asked: a follow-up as the whole question it means.

    Only looked up so: the answer to a follow-up was written for one conversation, and is not kept for others.
    """
    whole = follow_ups.rewritten(question.text, question.turns, locale=question.conversation.locale)
    return (whole, ()) if whole else (question.text, question.turns)


def from_cache(hit: Hit, draft: ReplyState, source: str = "") -> str:
    """The answer of a hit, noted in the draft. Whose words it was asked in before is nobody else's business."""
    if not draft.ms:
        draft.lap("exact")
    draft.source, draft.citations, draft.cache_entry = source or hit.tier, hit.citations, str(hit.entry_id)
    draft.written_for, draft.made_by = EVERYONE, hit.made_by
    draft.why_tier = f"answered before, {hit.age_s:.0f} s ago"
    return hit.answer


async def retold(hit: Hit, draft: ReplyState) -> AsyncGenerator[str, None]:
    """The answer that a leader has just written, streamed as the follower's own."""
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
    """Offer a whole, cited answer to the cache, which decides by itself whether to keep it. A doubtful one is not.

    Only for what was written without the conversation. `question` is as it was asked, with its history, by which the
    cache judges once more whether it stands alone. `index_version` is of the search.
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
    """Whether the sources are live as they were read, and the customer was not erased meanwhile; both locked."""
    contact = Contact.objects.select_for_update(no_key=True, nowait=True).filter(pk=question.contact.pk)
    return sources.hold(question.workspace.id, question.audience, cited, index_version) and contact.first() is not None


@contextlib.asynccontextmanager
async def lead(scope: Scope, question: Question, draft: ReplyState) -> AsyncIterator[Lease]:
    """Lead for this question, or learn who does. Whoever waits for a leader is woken when it ends, however it ends."""
    lease = Lease(leader=False)
    try:
        async with single_flight.lead(scope, question.text, draft.reply_id) as lease:
            yield lease
    finally:
        if lease.leader:
            await notify.wake(single_flight.name_of(scope, question.text))


async def has_ended(scope: Scope, question: Question, leader_reply_id: str) -> bool:
    """Wait until this reply no longer leads. False: after CACHE_FOLLOW_WAIT_S it still does."""
    deadline = monotonic() + settings.CACHE_FOLLOW_WAIT_S
    async with notify.listening(single_flight.name_of(scope, question.text)) as woken:
        while leader_reply_id and await single_flight.leader_of(scope, question.text) == leader_reply_id:
            if (left_s := deadline - monotonic()) <= 0:
                return False
            await notify.wait(woken, min(left_s, LOOK_INTERVAL_S))
            woken.clear()
    return True
