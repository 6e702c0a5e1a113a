"""The flow from a question to its answer, on one page."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from assistant.llm import router
from caching import answers
from caching.matching import cacheability
from caching.scope import Scope
from conversations.messaging.question import Question
from conversations.replies import attached_files, cache_lookup, generation, guided, repetition, retrieval, small_talk
from conversations.replies.receipts import EVERYONE, ReplyState
from conversations.replies.stream_writer import AT_WORK, READING

LEADERS_FOLLOWED = 3  # leaders of the same question that a follower waits for, one after the other


async def reply_to(question: Question, draft: ReplyState) -> AsyncGenerator[str, None]:
    """Yield a reply piece by piece, and note its source and cost in the draft."""
    draft.language = question.language
    if question.file_ids:
        yield READING
        question, draft.files = await attached_files.read(question, draft.note_other_call)
        draft.lap("files")
    async with aclosing(_reply_to(question, draft)) as pieces:
        async for piece in pieces:
            yield piece
    about = attached_files.about(question, draft.passages, [cited["n"] for cited in draft.citations])
    told = " ".join(filter(None, (about, attached_files.notice(draft.files, question.language))))
    if told and told not in draft.text:
        yield f"\n\n{told}"


async def _reply_to(question: Question, draft: ReplyState) -> AsyncGenerator[str, None]:
    if said := generation.said_by_rule(question, draft):
        yield said
        return
    if question.text.strip():
        draft.cacheability = await asyncio.to_thread(cacheability.classify, question.text, question.turns)
    scope, hit = await cache_lookup.alook_up(question)
    draft.told_before = repetition.told_before(question)
    if (
        hit
        and not router.is_configured("large", question.workspace.id)
        and repetition.is_in(hit.answer, draft.told_before)
    ):
        scope = hit = None  # the reply will refer to the previous one, so it is for this customer only
    if hit:
        yield cache_lookup.from_cache(hit, draft)
        return
    if said := await guided.by_words(question, draft):
        yield said
        return
    if question.text.strip() and (said := await small_talk.areply(question, draft)):
        yield said
        return
    yield AT_WORK
    await router.aready()
    draft.lap("exact")
    shared = scope and draft.cacheability and cache_lookup.is_for_everyone(question, draft.cacheability)
    async with aclosing((_for_everyone if shared else _from_search)(question, draft, scope)) as pieces:
        async for piece in pieces:
            yield piece


async def _for_everyone(question: Question, draft: ReplyState, scope: Scope) -> AsyncGenerator[str, None]:
    """Write one answer for everyone asking the same question now, without the conversation, or wait for its leader.

    A follower shows nothing of a leader's answer before the cache has accepted it. If the cache refuses it, or the
    leader does not finish in time, the follower writes its own answer.
    """
    draft.written_for = EVERYONE
    for _ in range(LEADERS_FOLLOWED):
        async with cache_lookup.lead(scope, question, draft) as lease:
            if lease.leader:
                async with aclosing(_as_leader(question, draft, scope)) as pieces:
                    async for piece in pieces:
                        yield piece
                lease.refused = draft.finish_reason == "stop" and not (draft.kept or draft.cache_entry)
                return
        ended = await cache_lookup.has_ended(scope, question, lease.reply_id)
        if hit := await answers.afind_exact(scope, question.text, question.turns, question.terms):
            async with aclosing(cache_lookup.retold(hit, draft)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        if not ended or not lease.reply_id:  # it takes too long, or the cache refuses this answer
            break
    async with aclosing(_from_search(question, draft, scope)) as pieces:
        async for piece in pieces:
            yield piece


async def _as_leader(question: Question, draft: ReplyState, scope: Scope) -> AsyncGenerator[str, None]:
    """Check the cache again in case another leader just finished; then write the answer for everyone."""
    if hit := await answers.afind_exact(scope, question.text, question.turns, question.terms):
        yield cache_lookup.from_cache(hit, draft)
        return
    async with aclosing(_from_search(question, draft, scope)) as pieces:
        async for piece in pieces:
            yield piece


async def _from_search(question: Question, draft: ReplyState, scope: Scope | None) -> AsyncGenerator[str, None]:
    """Search, then answer from a similar cached question or from the passages.

    An answer for everyone is searched for and written without the conversation; only such answers are cached.
    """
    shared = draft.written_for == EVERYONE
    read = question.without_conversation() if shared else question
    searched = attached_files.to_search(read)
    queries = retrieval.queries_of(searched)
    draft.questions = len(queries)
    vectors = await retrieval.embed(searched, queries)
    draft.lap("embed")
    if said := await guided.by_meaning(question, draft, vectors):
        yield said
        return
    retrieved = await retrieval.retrieve(searched, queries, vectors, attached_files.search_words(read.files))
    found, vector = retrieved.found, retrieved.vector
    draft.passages = found.passages
    draft.lap("search")
    if scope and vector is not None:
        evidence = cache_lookup.evidence_of(found.passages)
        text, turns = cache_lookup.as_looked_up(question)
        whose = str(question.contact.pk)
        looked = await answers.afind_similar(scope, text, vector, evidence, turns, question.terms, visitor=whose)
        draft.lap("semantic")
        if looked.hit:
            yield cache_lookup.from_cache(looked.hit, draft)
            return
    nothing_known = retrieved.is_declined and not await generation.remembers(read, draft)
    is_for_model = retrieved.is_for_model(question.workspace.id) or attached_files.may_answer(read)
    if nothing_known and not is_for_model:
        yield await generation.declined(read, draft, retrieved)
        return
    async with aclosing(generation.answered(read, draft, retrieved)) as pieces:
        async for piece in pieces:
            yield piece
    if scope and vector is not None and draft.written_for == EVERYONE:
        await cache_lookup.remember(scope, question, vector, draft, found.index_version)
