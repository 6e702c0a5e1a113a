"""One answer for many: given before, or being given to somebody else just now."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from decimal import Decimal

import numpy as np
from channels.db import database_sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from assistant import prompts
from caching import answers, single_flight
from caching.answers import Evidence, Hit, Source
from caching.scope import Scope
from conversations import events
from conversations.events import EpochGone, Place
from conversations.messages import Question
from conversations.models import Message
from conversations.receipts import Draft
from knowledge import follow_ups
from knowledge.search import Passage

ENDED = ("reply.completed", "reply.failed", "reply.restarted")


def scope_of(question: Question) -> Scope | None:
    """Where an answer may be looked up and kept; None where nothing may."""
    if not question.workspace.cache_enabled or question.message.attachments:
        return None
    release = prompts.release(question.workspace)
    return Scope(question.workspace.id, question.conversation.locale, question.audience, release)


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


def from_cache(hit: Hit, draft: Draft, source: str = "") -> str:
    """The answer of a hit, noted in the draft."""
    if not draft.ms:
        draft.lap("exact")
    draft.source, draft.citations, draft.cache_entry = source or hit.tier, hit.citations, str(hit.entry_id)
    draft.why_tier = f"answered before, {hit.age_s:.0f} s ago, to: {hit.question}"
    return hit.answer


def evidence_of(passages: tuple[Passage, ...]) -> Evidence:
    return Evidence(_sources(passages))


def _sources(passages: tuple[Passage, ...]) -> tuple[Source, ...]:
    return tuple(Source(p.source_key, p.revision, p.content_hash, p.text) for p in passages)


async def remember(scope: Scope, question: Question, vector: np.ndarray, draft: Draft) -> None:
    """Offer a whole, cited answer to the cache, which decides by itself whether to keep it. A doubtful one is not."""
    numbers = {citation["n"] for citation in draft.citations}
    cited = tuple(p for n, p in enumerate(draft.passages, start=1) if n in numbers)
    if not cited or draft.action or draft.unsupported or draft.cacheability is None:
        return
    await answers.aremember(
        scope,
        question.text,
        vector,
        draft.text,
        draft.citations,
        _sources(cited),
        kind=draft.cacheability.kind,
        cost_usd=draft.call.cost_usd if draft.call else Decimal(0),
        contributor=str(question.contact.id),
        finish_reason=draft.finish_reason,
        history=question.turns,
    )


async def follow(scope: Scope, question: Question, leader_reply_id: str) -> AsyncGenerator[str, None]:
    """Yield the pieces of the reply that leads for the same question, as they are written.

    Ends when that reply ends, or when nothing was heard of it for the time of a lease and nobody leads
    any more. What was yielded is only a preview: the cache decides whether the answer is for sharing.
    """
    leader = await Message.objects.filter(pk=uuid.UUID(leader_reply_id)).afirst()
    place = leader and await _beginning(leader)
    if not place:
        return
    async with aclosing(events.follow(leader.conversation_id, place)) as followed:
        while event := await _next(followed, scope, question, leader_reply_id):
            if event.get("message_id") != leader_reply_id:
                continue
            if event["type"] in ENDED:
                return
            yield event.get("text", "")


async def _beginning(leader: Message) -> Place | None:
    """After which event the leader's text begins, of its last writer where an earlier one has died."""
    with suppress(RedisError, OSError):  # it is away, and with it what the leader says
        for kind in ("reply.restarted", "reply.started"):
            if event := await events.find(leader.conversation_id, type=kind, message_id=str(leader.pk)):
                return Place((await events.place(leader.conversation_id)).epoch, event["seq"])
    return None


async def _next(
    followed: AsyncGenerator[dict, None], scope: Scope, question: Question, leader_reply_id: str
) -> dict | None:
    """The next event; None when the leader has gone."""
    waiting = asyncio.ensure_future(anext(followed))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=settings.CACHE_LEAD_LEASE_S)
            if done:
                return waiting.result()
            if await single_flight.leader_of(scope, question.text) != leader_reply_id:
                return None
    except EpochGone:
        return None
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
