"""Apply the guidance on languages and topics, whether or not a model answers.

Words are matched at once. Meaning is compared by the vectors that search needs anyway: a message is about a topic if
its similarity to the topic's name or one of its examples is at least GUIDANCE_SIMILARITY_MIN.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings

from assistant.guidance.content import Content, Response, Topic
from assistant.llm.engines.base import EngineUnavailable
from conversations.canned_responses import phrase
from conversations.messaging.handoff import Reason
from conversations.messaging.question import Question
from conversations.replies import file_topics, topic_vectors
from conversations.replies.receipts import THIS_CUSTOMER, ReplyState
from language.detection import language_of
from language.tokenizing import terms

log = logging.getLogger(__name__)


def in_another_language(question: Question, draft: ReplyState) -> str:
    """Return the configured reply if the message is clearly in a language that is not answered; otherwise empty."""
    guidance = question.guidance
    language = language_of(question.text) if guidance.languages else None
    if language is None or language in guidance.languages:
        return ""
    draft.source, draft.why_tier = "rule", f"guidance: {language} is not answered"
    draft.topic = {"kind": "language", "name": language, "by": "words", "similarity": None}
    return guidance.other_languages


async def by_words(question: Question, draft: ReplyState) -> str:
    """Return the reply if the text or files contain a word or phrase of a topic; otherwise empty."""
    topics = _topics(question.guidance)
    if not any(topic.words for _, topic in topics):
        return ""
    found = await asyncio.to_thread(_first_with_a_word, topics, question)
    return _reply(question, draft, *found) if found else ""


def _first_with_a_word(topics: Sequence[tuple[str, Topic]], question: Question) -> tuple[str, Topic] | None:
    language = question.language
    said = [_as_terms(text, language) for text in (question.text, *file_topics.texts_of(question))]
    for kind, topic in topics:
        wanted = [each for word in topic.words if (each := _terms_of_word(word, language)).strip()]
        if any(each in text for each in wanted for text in said):
            return kind, topic
    return None


async def by_meaning(question: Question, draft: ReplyState, vectors: Sequence[np.ndarray | None]) -> str:
    """Return the reply if the message, one of its questions or a sentence in its files is about a topic.

    Otherwise empty. `vectors` are those of the message and of each question in it; without them only words count.
    """
    topics, asked = _topics(question.guidance), [vector for vector in vectors if vector is not None]
    if not topics or not asked:
        return ""
    try:
        asked += await file_topics.avectors_of(question) if question.files else []
        of_topics = [topic for _, topic in topics]
        described = await topic_vectors.avectors_of(question.guidance, of_topics, question.workspace.id)
    except EngineUnavailable as error:
        log.warning("topics of the guidance are recognised by words alone: %s", error)
        draft.written_for = THIS_CUSTOMER  # it may be about a topic, so the answer is not shared
        return ""
    likeness = [float((vectors_of @ np.array(asked).T).max()) for vectors_of in described]
    best = int(np.argmax(likeness))
    if likeness[best] < settings.GUIDANCE_SIMILARITY_MIN:
        return ""
    kind, topic = topics[best]
    return _reply(question, draft, kind, topic, likeness[best])


def _topics(guidance: Content) -> list[tuple[str, Topic]]:
    return [
        *(("forbidden", topic) for topic in guidance.forbidden_topics),
        *(("handoff", topic) for topic in guidance.handoff_topics),
    ]


def _reply(question: Question, draft: ReplyState, kind: str, topic: Topic, similarity: float | None = None) -> str:
    draft.source, draft.why_tier = "rule", f"guidance: {topic.name}"
    draft.topic = {
        "kind": kind,
        "name": topic.name,
        "by": "words" if similarity is None else "meaning",
        "similarity": None if similarity is None else round(similarity, 3),
    }
    if kind == "handoff" or topic.response == Response.HAND_OVER:
        draft.action, draft.handoff_reason = "handed_off", Reason.GUIDANCE
        return topic.reply or _handoff_phrase(question)
    draft.action = "offer_handoff" if topic.response == Response.OFFER else ""
    return topic.reply


def _handoff_phrase(question: Question) -> str:
    names: dict[str, Any] = {"shop": question.workspace.name, "name": question.workspace.assistant_name}
    return phrase("handoff", question.language, **names)


def _as_terms(text: str, language: str) -> str:
    """Return the terms of a text with a space around each, so that `in` matches whole words only."""
    return f" {' '.join(terms(text, language))} "


_terms_of_word = lru_cache(maxsize=4096)(_as_terms)  # caches only the shop's words, never a customer's message
