"""Generate the text of a reply: by rule, by a model, as a quotation, or by declining."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from django.conf import settings

from assistant.llm import router, tiers
from assistant.llm.engines.base import EngineError, Prompt
from assistant.llm.router import BudgetExhausted, Call, RoutedDelta
from assistant.llm.streaming_json import StreamedText
from conversations.canned_responses import phrase
from conversations.context import assembly
from conversations.messaging import reply_caps
from conversations.messaging.question import Question
from conversations.replies import (
    attached_files,
    citations,
    fact_questions,
    grounding,
    guided,
    link_filter,
    open_questions,
    quoted_replies,
    routed_replies,
)
from conversations.replies.answer_checks import Failed
from conversations.replies.receipts import ReplyState
from conversations.replies.retrieval import Retrieved
from conversations.replies.stream_writer import RESTART
from conversations.understanding.acts import Act

log = logging.getLogger(__name__)


def said_by_rule(question: Question, draft: ReplyState) -> str:
    """Return the reply to files without usable text, or to a language that is not answered; otherwise empty.

    It needs no search, model or cache.
    """
    draft.source, draft.why_tier = "rule", "automatic reply"
    if not question.text.strip() and not attached_files.search_words(question.files):
        return _said_of_files(question, draft)
    return guided.in_another_language(question, draft)


def _said_of_files(question: Question, draft: ReplyState) -> str:
    """Return the reply to a message with only files, none usable. A file that tries to instruct us goes to a person."""
    if any(file.reason == "doubtful" for file in draft.files):
        draft.why_tier, draft.action, draft.handoff_reason = "held for a person", "handed_off", "doubtful"
        return phrase("busy", question.language)
    draft.action = "offer_handoff"
    told = attached_files.notice(draft.files, question.language)
    return f"{told} {phrase('file', question.language)}"


async def declined(question: Question, draft: ReplyState, retrieved: Retrieved | None) -> str:
    """Return the reply if no answer was found: hand a complaint over to a person, otherwise offer one."""
    draft.source, draft.action, draft.why_tier = "rule", "offer_handoff", "nothing found that answers it"
    draft.declined_by = "search"
    draft.files = attached_files.unanswered(draft.files)
    if draft.act == Act.COMPLAINT:
        draft.action, draft.handoff_reason = "handed_off", "complaint"
        return phrase("complaint", question.language)
    if draft.act in (Act.PERSONAL, Act.ACT):
        return phrase("own_data", question.language)
    if not question.text.strip():
        draft.why_tier = "nothing found that the file is about"
        return phrase("file_no_answer", question.language)
    await open_questions.note(question, draft, retrieved)
    return phrase("unknown", question.language)


async def _note_decline(question: Question, draft: ReplyState, retrieved: Retrieved) -> None:
    """If the model says that the passages hold no answer, treat it as if search had found none."""
    if draft.action != "offer_handoff" or draft.citations or not question.text.strip():
        return
    draft.declined_by, draft.why_tier = "model", "the model found no answer in what it read"
    draft.files = attached_files.unanswered(draft.files)
    if draft.act == Act.COMPLAINT:
        draft.action, draft.handoff_reason = "handed_off", "complaint"
    await open_questions.note(question, draft, retrieved)


async def remembers(question: Question, draft: ReplyState) -> bool:
    """Note the facts of this conversation that answer the question in the draft; return whether there are any."""
    draft.facts = await fact_questions.afacts_asked_for(question)
    return bool(draft.facts)


async def answered(question: Question, draft: ReplyState, retrieved: Retrieved) -> AsyncGenerator[str, None]:
    """Yield a model's answer; if no model is available, quote the conversation or the best passage."""
    place = await reply_caps.take(question) if _has_model(question) else reply_caps.UNCAPPED
    if place.full:
        yield await capped(question, draft, retrieved, place.full)
        return
    async with aclosing(written(question, draft, retrieved)) as pieces:
        async for piece in pieces:
            yield piece
    if not draft.completion_tokens:  # otherwise it cost something, even if the answer was not used
        await reply_caps.give_back(place)


def _has_model(question: Question) -> bool:
    return router.is_configured("large", question.workspace.id)


async def written(question: Question, draft: ReplyState, retrieved: Retrieved) -> AsyncGenerator[str, None]:
    """Yield the answer to a question that is within the reply caps."""
    draft.source = "model"
    draft.context = await assembly.aassemble(
        question, retrieved.found.passages, retrieved.vector, retrieved.found.searched_text
    )
    draft.passages = draft.context.passages
    draft.why_tier = f"open question, {len({p.article_id for p in draft.passages})} articles"
    widget_id = question.conversation.widget_id
    call = Call(question.workspace.id, question.conversation.id, question.message.id, "reply", widget_id)
    routed = await routed_replies.small_answer(question, draft, retrieved, call)
    if routed.text:
        yield routed.text
        await asyncio.to_thread(check, question, draft)
        return
    if not routed.large_may:
        yield await _without_large_model(question, draft, retrieved)
        return
    async with aclosing(_by_large_model(question, draft, retrieved, draft.context.as_prompt(), call)) as pieces:
        async for piece in pieces:
            yield piece


async def _by_large_model(
    question: Question, draft: ReplyState, retrieved: Retrieved, prompt: Prompt, call: Call
) -> AsyncGenerator[str, None]:
    reply = Filtered(StreamedText(), link_filter.known(draft.passages))
    asked = tiers.ask_large(prompt, call, draft.note_call)
    try:
        async with aclosing(asked) as deltas:
            async for delta in deltas:
                draft.finish_reason = delta.finish_reason or draft.finish_reason
                for piece in reply.feed(delta):
                    yield piece
                if reply.chars_left <= 0:  # the answer is too long
                    draft.finish_reason = "length"
                    break
        for piece in reply.close():
            yield piece
    except BudgetExhausted as error:
        draft.budget = error.standing
        yield await out_of_budget(question, draft, retrieved)
        return
    except EngineError as error:
        log.info("no whole answer from a model: %s", error)
        draft.finish_reason = "interrupted" if draft.text else "stop"
    if not draft.text.strip():  # no engine, a refusal, or an answer in an unknown format
        draft.finish_reason = "stop"  # the quotation is complete
        yield await quoted(question, draft, retrieved)
        return
    draft.action = reply.words.action or ""
    await asyncio.to_thread(check, question, draft)
    await _note_decline(question, draft, retrieved)


class Filtered:
    """Turn a model's stream into the text customers may read; RESTART means that the text so far is discarded."""

    def __init__(self, words: StreamedText, allowed: frozenset[str]) -> None:
        self.words = words
        self.allowed = allowed
        self.sieve = link_filter.Sieve(allowed)
        self.chars_left = settings.REPLY_MAX_CHARS

    def feed(self, delta: RoutedDelta) -> Iterator[str]:
        heard = delta.text[: self.chars_left]
        self.chars_left -= len(heard)
        new = self.words.feed(heard, structured=delta.structured)
        yield from self._restarted()
        if piece := self.sieve.feed(new):
            yield piece

    def close(self) -> Iterator[str]:
        new = self.words.close()
        yield from self._restarted()
        if piece := self.sieve.feed(new) + self.sieve.close():
            yield piece

    def _restarted(self) -> Iterator[str]:
        if self.words.took_back():
            self.sieve = link_filter.Sieve(self.allowed)
            yield RESTART


def check(question: Question, draft: ReplyState) -> None:
    """Remove unknown source numbers and links, and mark unsupported citations. Slow for long conversations."""
    draft.text, draft.citations = citations.cited(draft.text, draft.passages)
    locale = question.conversation.locale
    doubts = grounding.doubts(draft.text, draft.passages, said_before=question.said_before, locale=locale)
    draft.citations = citations.marked(draft.citations, doubts)
    draft.unsupported = tuple(doubt.sentence for doubt in doubts)


async def out_of_budget(question: Question, draft: ReplyState, retrieved: Retrieved) -> str:
    """Hand the conversation over to a person, and quote a passage if one fits."""
    draft.context = None
    told = await quoted_replies.reply(question, draft, retrieved)
    if not told and retrieved.is_declined:
        return await declined(question, draft, retrieved)
    if not told:
        draft.source = "rule"
    draft.why_tier, draft.action, draft.handoff_reason = "the budget is used up", "handed_off", "budget"
    return "\n\n".join(filter(None, (told, phrase("busy", question.language))))


async def capped(question: Question, draft: ReplyState, retrieved: Retrieved, cap: str) -> str:
    """Quote a passage and offer a person. Handing over would let a flood of messages fill the staff's queue."""
    told = await quoted_replies.reply(question, draft, retrieved)
    if not told and retrieved.is_declined:
        return await declined(question, draft, retrieved)
    if not told:
        draft.source, told = "rule", phrase("trouble", question.language)
    draft.why_tier, draft.action = f"anonymous visitors have had as many replies as {cap} allows", "offer_handoff"
    return told


async def _without_large_model(question: Question, draft: ReplyState, retrieved: Retrieved) -> str:
    """Return a quotation if the small model's answer was not usable and the budget is too low for the large model.

    If the budget was too low even for the small model, hand the conversation over to a person.
    """
    if draft.cascade and draft.cascade.why_not == Failed.BUDGET:
        return await out_of_budget(question, draft, retrieved)
    why_tier = draft.why_tier
    told = await quoted(question, draft, retrieved)
    if draft.source == "quoted_passage":
        draft.why_tier = f"{why_tier}; a budget is nearly used up, so the large one was not asked"
    return told


async def quoted(question: Question, draft: ReplyState, retrieved: Retrieved) -> str:
    return await quoted_replies.reply(question, draft, retrieved) or await declined(question, draft, retrieved)
