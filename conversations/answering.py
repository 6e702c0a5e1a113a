"""The words of a reply: said by rule, by a model, as a quotation, or an honest "I don't have that"."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import numpy as np
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import transaction

from assistant import router
from assistant.engines.base import EngineError
from assistant.router import BudgetExhausted, Call, RoutedDelta
from assistant.streamed_text import StreamedText
from conversations import asked_back, citations, context, links, quotations, reply_caps, support
from conversations.messages import Question
from conversations.phrases import phrase
from conversations.receipts import Draft
from conversations.screening import screen
from conversations.scribe import RESTART
from conversations.understanding.acts import Act
from knowledge import gaps, quoting
from knowledge.search import Found

log = logging.getLogger(__name__)
CERTAIN = 0.5  # how sure search must be that a passage answers, for a quotation to stand without a word of doubt
NEED_CERTAINTY = {Act.PERSONAL, Act.ACT, Act.COMPLAINT}  # where a passage that is beside the point does harm


def said_by_rule(question: Question, draft: Draft) -> str:
    """What needs neither search, model nor cache: a file alone, a doubtful message. Else empty."""
    draft.source, draft.why_tier = "rule", "automatic reply"
    if not question.text.strip():  # the assistant reads no files
        draft.action = "offer_handoff"
        return phrase("file", question.language)
    if settings.SCREEN_MESSAGES and screen(question.text).verdict == "hold":
        draft.why_tier, draft.action, draft.handoff_reason = "held for a person", "handed_off", "doubtful"
        return phrase("busy", question.language)
    return ""


async def declined(question: Question, draft: Draft, vector: np.ndarray | None) -> str:
    """What is said where nothing answers: for a complaint a person takes over, in other cases one is offered."""
    draft.source, draft.action, draft.why_tier = "rule", "offer_handoff", "nothing found that answers it"
    act = _act(draft)
    if act == Act.COMPLAINT:
        draft.action, draft.handoff_reason = "handed_off", "complaint"
        return phrase("complaint", question.language)
    if act in (Act.PERSONAL, Act.ACT):
        return phrase("own_data", question.language)
    await _anote_gap(question, vector)
    return phrase("unknown", question.language)


@transaction.atomic
def _note_gap(question: Question, vector: np.ndarray | None) -> None:
    if question.conversation.hold():  # else it was erased while an answer was looked for
        gaps.record(question.workspace, question.text, vector, question.conversation.id)


_anote_gap = database_sync_to_async(_note_gap, thread_sensitive=False)


def _act(draft: Draft) -> Act:
    return draft.understood.act if draft.understood and draft.understood.is_sure else Act.QUESTION


async def remembers(question: Question, draft: Draft) -> bool:
    """Whether this conversation itself holds what is asked, though no article does; noted in the draft."""
    draft.facts = await asked_back.afacts_asked_for(question)
    return bool(draft.facts)


async def answered(
    question: Question, draft: Draft, found: Found, vector: np.ndarray | None
) -> AsyncGenerator[str, None]:
    """A model's answer; where none can be had, what was said before or the best passage, quoted."""
    place = await reply_caps.take(question) if router.is_configured("large") else reply_caps.UNCAPPED
    if place.full:
        yield await capped(question, draft, found, vector, place.full)
        return
    async with aclosing(written(question, draft, found, vector)) as pieces:
        async for piece in pieces:
            yield piece
    if draft.call is None or not draft.call.usage.completion_tokens:  # else it cost something, whatever came of it
        await reply_caps.give_back(place)


async def written(
    question: Question, draft: Draft, found: Found, vector: np.ndarray | None
) -> AsyncGenerator[str, None]:
    """The same for a reply that no cap stands against."""
    draft.source = "model"
    draft.context = await context.aassemble(question, found.passages, vector, found.searched_text)
    draft.passages = draft.context.passages
    draft.why_tier = f"open question, {len({p.article_id for p in draft.passages})} articles"
    widget_id = question.conversation.widget_id
    call = Call(question.workspace.id, question.conversation.id, question.message.id, "reply", widget_id)
    reply = Filtered(StreamedText(), links.known(draft.passages))
    asked = router.stream(draft.context.as_prompt(), call, tier="large", on_metered=draft.note_call)
    try:
        async with aclosing(asked) as deltas:
            async for delta in deltas:
                draft.finish_reason = delta.finish_reason or draft.finish_reason
                for piece in reply.feed(delta):
                    yield piece
                if reply.chars_left <= 0:  # it does not end
                    draft.finish_reason = "length"
                    break
        for piece in reply.close():
            yield piece
    except BudgetExhausted as error:
        draft.budget = error.standing
        yield await out_of_budget(question, draft, found, vector)
        return
    except EngineError as error:
        log.info("no whole answer from a model: %s", error)
        draft.finish_reason = "interrupted" if draft.text else "stop"
    if not draft.text.strip():  # no engine, or an answer in no form that we know
        yield await quoted(question, draft, found, vector)
        return
    await asyncio.to_thread(check, question, draft)
    draft.action = reply.words.action or ""


class Filtered:
    """The text of a reply as customers may read it, with RESTART where what they have read was no part of it."""

    def __init__(self, words: StreamedText, allowed: frozenset[str]) -> None:
        self.words = words
        self.allowed = allowed
        self.sieve = links.Sieve(allowed)
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
            self.sieve = links.Sieve(self.allowed)
            yield RESTART


def check(question: Question, draft: Draft) -> None:
    """Take out what nobody gave out; mark what names a source that does not carry it. Slow where much was said."""
    draft.text, draft.citations = citations.cited(draft.text, draft.passages)
    said_before = " ".join([question.text, *(text for _, text in question.turns)])
    doubts = support.doubts(draft.text, draft.passages, said_before=said_before, locale=question.conversation.locale)
    draft.citations = citations.marked(draft.citations, doubts)
    draft.unsupported = tuple(doubt.sentence for doubt in doubts)


async def out_of_budget(question: Question, draft: Draft, found: Found, vector: np.ndarray | None) -> str:
    """A person takes over. What can be quoted is told meanwhile: it costs nothing."""
    told = await _quotation(question, draft, found, vector)
    if not told:
        draft.source, draft.context = "rule", None
    draft.why_tier, draft.action, draft.handoff_reason = "the budget is used up", "handed_off", "budget"
    return "\n\n".join(filter(None, (told, phrase("busy", question.language))))


async def capped(question: Question, draft: Draft, found: Found, vector: np.ndarray | None, cap: str) -> str:
    """What can be quoted. A person is offered, and not brought in: who floods us would fill their queue."""
    told = await _quotation(question, draft, found, vector)
    if not told:
        draft.source, told = "rule", phrase("trouble", question.language)
    draft.why_tier, draft.action = f"anonymous visitors have had as many replies as {cap} allows", "offer_handoff"
    return told


async def quoted(question: Question, draft: Draft, found: Found, vector: np.ndarray | None) -> str:
    return await _quotation(question, draft, found, vector) or await declined(question, draft, vector)


async def _quotation(question: Question, draft: Draft, found: Found, vector: np.ndarray | None) -> str:
    """What was said before, where that is what is asked, or the best passage; empty where neither answers."""
    facts = draft.facts or await asked_back.afacts_asked_for(question, surely=True)
    if facts:
        draft.source, draft.why_tier, draft.context = "rule", "said earlier in this conversation", None
        return asked_back.told(facts, question.language)
    act, is_certain = _act(draft), found.confidence >= CERTAIN
    if act in NEED_CERTAINTY and not is_certain:
        return ""
    quotes = await quoting.abest_quotes(found.searched_text, found, vector, workspace_id=question.workspace.id)
    if not quotes:
        return ""
    draft.source, draft.why_tier, draft.context = "quoted_passage", "no model can be had", None
    draft.passages = tuple(quote.passage for quote in quotes)
    draft.citations = [citations.citation(n, passage) for n, passage in enumerate(draft.passages, start=1)]
    opening = []
    if act == Act.COMPLAINT:
        opening.append(phrase("sorry", question.language))
    if not is_certain:
        draft.action = "offer_handoff"
        opening.append(phrase("unsure", question.language))
    return "\n\n".join(filter(None, (" ".join(opening), quotations.render(quotes, question.language))))
