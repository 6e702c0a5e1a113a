"""THE FLOW: from a question to its answer, on one page.

A reply belongs to the server, not to a socket: it runs as a task beside whoever asked, under a lease in
the database. A writer that dies is noticed when its lease runs out, and `rescue` lets another take it up.
"""

import asyncio
import contextvars
import logging
import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from decimal import Decimal
from time import monotonic

import numpy as np
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction

from assistant import embeddings, prompts, router
from assistant.engines.base import EngineError, EngineUnavailable
from assistant.prompts import StreamedText
from assistant.router import Call
from caching import answers, cacheability
from caching.answers import Evidence, Hit, Source
from caching.scope import Scope
from conversations import citations, context, courtesies, events, handoff, messages, receipts, tasks
from conversations.messages import Closing, Question
from conversations.models import Conversation, Message
from conversations.phrases import phrase
from conversations.receipts import Draft
from conversations.scribe import Scribe
from knowledge import gaps, quoting, search
from knowledge.search import Found, Query

log = logging.getLogger(__name__)
OWNER = f"{os.uname().nodename}:{os.getpid()}"
_running: dict[uuid.UUID, tuple[asyncio.Task[None], Scribe | None]] = {}
Status = Message.Status


async def write(question: Question, draft: Draft) -> AsyncGenerator[str, None]:
    """Yield one reply piece by piece, and note in the draft where it came from and what it cost."""
    if said := _said_by_rule(question, draft):
        yield said
        return
    mark = monotonic()
    scope = await _ascope(question)
    draft.cacheability = cacheability.classify(question.text, question.turns)
    if scope and (hit := await answers.afind_exact(scope, question.text, question.turns)):
        yield _from_cache(hit, draft)
        return
    mark = draft.lap("exact", mark)

    vector = await _vector(question)
    mark = draft.lap("embed", mark)
    locale = question.conversation.locale
    query = Query(question.text, question.turns, locale, question.audience, settings.PASSAGES_MAX)
    found = await search.apassages_for(question.workspace, query, vector)
    draft.passages = found.passages
    mark = draft.lap("search", mark)

    if scope and vector is not None:
        evidence = Evidence(_sources(found.passages))
        looked = await answers.afind_alike(scope, question.text, vector, evidence, question.turns)
        draft.lap("semantic", mark)
        if looked.hit:
            yield _from_cache(looked.hit, draft)
            return
    if found.declined or not found.passages:
        yield await _declined(question, draft, vector)
        return
    async with aclosing(_answered(question, draft, found, vector)) as pieces:
        async for piece in pieces:
            yield piece
    if scope and vector is not None:
        await _remember(scope, question, vector, draft)


def _said_by_rule(question: Question, draft: Draft) -> str:
    """What needs neither search nor model: small talk, and the wish for a person."""
    draft.source, draft.why_tier = "rule", "said by rule"
    locale = question.conversation.locale
    if courtesies.wants_person(question.text):
        draft.action = "handed_off"
        return phrase("handoff", locale)
    courtesy = courtesies.courtesy(question.text)
    return phrase(courtesy, locale) if courtesy else ""


def _scope(question: Question) -> Scope | None:
    """Where an answer may be looked up and kept; None where nothing may."""
    workspace = question.workspace
    if not workspace.cache_enabled:
        return None
    release = prompts.release(workspace)
    return Scope(workspace.id, question.conversation.locale, question.audience, release)


_ascope = sync_to_async(_scope, thread_sensitive=False)


def _from_cache(hit: Hit, draft: Draft) -> str:
    draft.source, draft.citations = hit.tier, hit.citations
    draft.why_tier = f"answered before, {hit.age_s:.0f} s ago, to: {hit.question}"
    return hit.answer


async def _vector(question: Question) -> np.ndarray | None:
    """The question's vector, made once; None when the embedder is away: full text alone then finds."""
    try:
        return await embeddings.aembed_one(
            search.search_text(question.text, question.turns, locale=question.conversation.locale),
            workspace_id=question.workspace.id,
            conversation_id=question.conversation.id,
            message_id=question.message.id,
        )
    except EngineUnavailable as error:
        log.warning("searching without vectors: %s", error)
        return None


async def _declined(question: Question, draft: Draft, vector: np.ndarray | None) -> str:
    draft.source, draft.action, draft.why_tier = "rule", "offer_handoff", "nothing found that answers it"
    await gaps.arecord(question.workspace, question.text, vector, question.conversation.id)
    return phrase("unknown", question.conversation.locale)


async def _answered(
    question: Question, draft: Draft, found: Found, vector: np.ndarray | None
) -> AsyncGenerator[str, None]:
    """A model's answer, or the best passage quoted where no model can be had."""
    draft.source = "model"
    draft.context = await context.aassemble(question, found.passages, vector, found.searched_text)
    draft.passages = draft.context.passages
    draft.why_tier = f"open question, {len({p.article_id for p in draft.passages})} articles"
    call = Call(question.workspace.id, question.conversation.id, question.message.id, "reply")
    said = StreamedText()
    try:
        async with aclosing(router.stream(draft.context.as_prompt(), call, tier="large")) as deltas:
            async for delta in deltas:
                if delta.record:
                    draft.call, draft.finish_reason = delta.record, delta.finish_reason or "stop"
                if piece := said.feed(delta.text):
                    yield piece
        if piece := said.close():
            yield piece
    except EngineError as error:
        if draft.text:
            draft.finish_reason = "interrupted"
            return
        log.info("quoting a passage: %s", error)
        yield await _quoted(question, draft, found, vector)
        return
    draft.text, draft.citations = citations.cited(draft.text, draft.passages)
    draft.action = said.action or ""


async def _quoted(question: Question, draft: Draft, found: Found, vector: np.ndarray | None) -> str:
    quote = await quoting.abest_quote(found.searched_text, found, vector, workspace_id=question.workspace.id)
    if quote is None:
        return await _declined(question, draft, vector)
    draft.source, draft.why_tier, draft.context = "quoted_passage", "no model can be had", None
    draft.passages = (quote.passage,)
    draft.citations = [citations.citation(1, quote.passage)]
    lead = phrase("quoted", question.conversation.locale, title=quote.passage.title)
    mark = "\n\n[1]" if quote.text.lstrip()[:1] in "|-*1" else " [1]"
    return f"{lead}\n\n{quote.text}{mark}"


def _sources(passages: tuple[search.Passage, ...]) -> tuple[Source, ...]:
    return tuple(Source(p.source_key, p.revision, p.content_hash, p.text) for p in passages)


async def _remember(scope: Scope, question: Question, vector: np.ndarray, draft: Draft) -> None:
    """Offer a whole, cited answer to the cache, which decides by itself whether to keep it."""
    numbers = {citation["n"] for citation in draft.citations}
    cited = tuple(p for n, p in enumerate(draft.passages, start=1) if n in numbers)
    if not cited or draft.action or draft.cacheability is None:
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


# --- the life of a reply in this process ---


def start(reply_id: uuid.UUID) -> None:
    """Begin a reply beside the caller, who need not wait for it."""
    if reply_id not in _running:
        # In a context of its own: the caller's may end with its request, and take its threads along.
        task = asyncio.create_task(run(reply_id), context=contextvars.Context())
        _running[reply_id] = (task, None)
        task.add_done_callback(lambda _: _running.pop(reply_id, None))


async def hand_over() -> None:
    """Leave every reply of this process to another, which may take it up at once. For a process that must end."""
    for reply_id, (task, _) in list(_running.items()):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await messages.arelease(reply_id, OWNER)


async def stop(conversation: Conversation, reply_id: uuid.UUID) -> None:
    """Stop a reply, wherever it is written: at once in this process, within a second in another."""
    await messages.aask_to_stop(conversation, reply_id)
    _, scribe = _running.get(reply_id, (None, None))
    if scribe:
        scribe.stop.set()


async def all_done() -> None:
    """Wait for every reply that this process writes."""
    while running := [task for task, _ in _running.values()]:
        await asyncio.gather(*running, return_exceptions=True)


async def run(reply_id: uuid.UUID) -> None:
    """Claim a reply, write it, close it, and begin the next one of its conversation."""
    reply = await messages.aclaim(reply_id, OWNER)
    if reply is None:
        return
    try:
        await _write_down(reply)
    except Exception:  # the edge of a task: nobody above would hear of it
        log.exception("reply %s failed", reply_id)
        await _fail(reply)
    following = await messages.anext_waiting(reply.conversation_id)
    if following:
        start(following)


async def _write_down(reply: Message) -> None:
    question = await messages.aquestion_of(reply)
    draft = Draft()
    scribe = Scribe(reply, draft)
    if reply.pk in _running:
        _running[reply.pk] = (_running[reply.pk][0], scribe)
    await scribe.begin()
    writing = asyncio.create_task(scribe.take(write(question, draft)))
    tending = asyncio.create_task(scribe.tend())
    try:
        done, _ = await asyncio.wait(
            {writing, tending}, timeout=settings.REPLY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for task in (writing, tending):
            task.cancel()
        await asyncio.gather(writing, tending, return_exceptions=True)
    if writing in done:
        writing.result()
        status = Status.DONE if draft.finish_reason == "stop" else Status.INCOMPLETE
    else:
        status = Status.STOPPED if tending in done else Status.INCOMPLETE
        draft.text, draft.citations = citations.cited(draft.text, draft.passages)
    await _close(reply, question, draft, status)


async def _close(reply: Message, question: Question, draft: Draft, status: str) -> None:
    receipt = await sync_to_async(receipts.receipt, thread_sensitive=False)(draft, question)
    closing = Closing(status, draft.text.strip(), draft.citations, draft.action, receipt)
    if not await _astore(reply, closing):
        return  # another writer has it: that one publishes
    await events.apublish(
        reply.conversation_id,
        "reply.completed",
        message_id=str(reply.pk),
        text=closing.text,
        citations=closing.citations,
        status=status,
        action=closing.action or None,
    )
    if closing.action == "handed_off":
        await handoff.ahand_off(question.conversation, handoff.Reason.ASKED)


@transaction.atomic
def _store(reply: Message, closing: Closing) -> bool:
    stored = messages.close(reply, closing)
    if stored:
        tasks.summarise_later(reply.pk)
    return stored


_astore = database_sync_to_async(_store, thread_sensitive=False)


async def _fail(reply: Message) -> None:
    if await messages.aclose(reply, Closing(Status.FAILED, "")):
        await events.apublish(
            reply.conversation_id,
            "reply.failed",
            message_id=str(reply.pk),
            code="reply_failed",
            message=phrase("trouble", "en"),
        )
