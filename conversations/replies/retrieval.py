"""Search passages for a message, separately for each question it asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from uuid import UUID

import numpy as np
from django.conf import settings

from assistant.llm import embeddings, router
from assistant.llm.engines.base import EngineUnavailable
from conversations.messaging.question import Question
from conversations.models import Message
from conversations.understanding.questions import questions_in
from knowledge.search import search
from knowledge.search.search import Found, Passage, Query
from language import follow_ups
from language.tokenizing import terms

ALONE_MIN_TERMS = 2  # a later question with fewer is searched together with the ones before it
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message with its search result. `vector` is that of the search text, None if unavailable."""

    text: str
    found: Found
    vector: np.ndarray | None

    @property
    def is_declined(self) -> bool:
        return self.found.declined or not self.found.passages


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The parts of a message, usually one, the combined result `found`, and the `vector` of the whole message."""

    parts: tuple[Part, ...]
    found: Found
    vector: np.ndarray | None

    @property
    def is_declined(self) -> bool:
        """Return whether no passage is likely to answer any part."""
        return all(part.is_declined for part in self.parts)

    def is_for_model(self, workspace_id: UUID) -> bool:
        """Return whether there is a large model to ask, and at least one part has passages near its question."""
        return router.is_configured("large", workspace_id) and any(_is_near(part) for part in self.parts)


def queries_of(question: Question) -> tuple[Query, ...]:
    """Return the search queries: the message, or each of its questions with the context it needs."""
    texts = (question.text,) if question.is_whole else questions_in(question.text, question.language)
    return tuple(_query(question, text, texts[:place]) for place, text in enumerate(texts))


def _query(question: Question, text: str, before: Sequence[str]) -> Query:
    turns, locale = question.spoken, question.conversation.locale
    if before and (follow_ups.points_back(text) or len(terms(text, locale)) < ALONE_MIN_TERMS):
        turns = (*turns, (str(Message.Role.CUSTOMER), " ".join(before)))
    return Query(text, turns, locale, question.audience, settings.PASSAGES_MAX)


async def embed(question: Question, queries: Sequence[Query]) -> list[np.ndarray | None]:
    """Return the vector of the whole message, then those of the queries."""
    whole = Query(question.text, question.spoken)
    wanted = [whole, *queries] if len(queries) > 1 else [whole]
    vectors = await asyncio.gather(*(_embedded(question, query) for query in wanted))
    return vectors if len(queries) > 1 else vectors * 2


async def _embedded(question: Question, query: Query) -> np.ndarray | None:
    """Return the vector of the search text; None if the embedder is unavailable, so only full text is searched."""
    text = search.search_text(query.text, query.history, locale=question.conversation.locale)
    try:
        return await embeddings.aembed_one(
            text,
            workspace_id=question.workspace.id,
            conversation_id=question.conversation.id,
            message_id=question.message.id,
        )
    except EngineUnavailable as error:
        log.warning("searching without vectors: %s", error)
        return None


async def retrieve(
    question: Question, queries: Sequence[Query], vectors: Sequence[np.ndarray | None], file_words: str = ""
) -> Retrieved:
    """Search for each query, and use the text of the question's files if that gives a better result.

    `vectors` are those that `embed` returns.
    """
    whole, *each = vectors
    parts = []
    for query, vector in zip(queries, each, strict=True):
        found = await search.apassages_for(question.workspace, query, vector)
        parts.append(Part(query.text, found, vector))
    retrieved = Retrieved(tuple(parts), _together(parts, question), whole)
    return await _better_with(question, file_words, retrieved) if file_words and not question.is_whole else retrieved


async def _better_with(question: Question, words: str, retrieved: Retrieved) -> Retrieved:
    """Search for the message together with the words of its files, and return the result with more confidence.

    These words contain no questions of their own, so all are searched for at once.
    """
    text = f"{question.text.strip()} {words}".strip()
    query = Query(text, question.spoken, question.conversation.locale, question.audience, settings.PASSAGES_MAX)
    vector = await _embedded(question, query)
    found = await search.apassages_for(question.workspace, query, vector)
    more = Retrieved((Part(text, found, vector),), found, vector)
    if retrieved.is_declined:
        return more
    surest = max(part.found.confidence for part in retrieved.parts)
    return more if not more.is_declined and found.confidence > surest else retrieved


def _together(parts: Sequence[Part], question: Question) -> Found:
    """Merge the results of the parts: the best passage of each in turn, then the second best, and so on."""
    best, *others = sorted((part.found for part in parts), key=lambda found: -found.confidence)
    if not others:
        return best
    return replace(
        best,
        passages=tuple(_in_turn([part.found.passages for part in parts if _is_near(part)]))[: settings.PASSAGES_MAX],
        declined=all(part.is_declined for part in parts),
        is_far=not any(_is_near(part) for part in parts),
        ms=sum(part.found.ms for part in parts),
        searched_text=search.search_text(question.text, question.spoken, locale=question.conversation.locale),
        index_version=min(part.found.index_version for part in parts),
        multilingual_vector=None,
    )


def _is_near(part: Part) -> bool:
    return bool(part.found.passages) and not part.found.is_far


def _in_turn(ranked: Sequence[Sequence[Passage]]) -> Iterator[Passage]:
    """Interleave the rankings; a passage that several parts found is yielded once."""
    seen: set[int] = set()
    for passage in chain.from_iterable(zip_longest(*ranked)):
        if passage is not None and seen.isdisjoint(passage.chunk_ids):
            seen.update(passage.chunk_ids)
            yield passage
