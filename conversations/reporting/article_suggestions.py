"""Suggest articles from people's answers in resolved conversations.

Nothing is published automatically: an answer is stored with the open question, and a draft may start from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from assistant.llm import embeddings
from caching.matching.cacheability import classify
from conversations.models import Contact, Conversation, Message
from knowledge.gaps import gaps
from knowledge.search import search
from knowledge.search.types import INTERNAL, Query
from language.literals import whole

LOOKED_BACK = timedelta(days=2)
AT_ONCE = 100
LEAST_WORDS = 8  # "I have just done it for you" helps nobody else
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.+-]+")
_RUN = re.compile(r"[\w-]{5,}")
_NUMBER_MIN_DIGITS = 4  # digits in a row that count as the customer's number
_PHONE = re.compile(r"\+?\d[\d ()/-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A customer's question, the messages before it, and a person's answer."""

    question: str
    history: tuple[tuple[str, str], ...]
    answer: str


def suggest_from_resolved() -> int:
    """Search lately resolved conversations; return how many gave a suggestion.

    Idempotent: each conversation is used once.

    Raises:
        EngineUnavailable: the embedder is not available; the next run retries.
    """
    return sum(suggest_from(conversation) for conversation in _resolved()[:AT_ONCE])


def _resolved() -> QuerySet[Conversation]:
    by_person = Message.objects.filter(conversation=OuterRef("pk"), role=Message.Role.PERSON)
    lately = Conversation.objects.filter(
        Exists(by_person), status=Conversation.Status.RESOLVED, updated_at__gte=timezone.now() - LOOKED_BACK
    )
    return lately.select_related("workspace", "contact").order_by("-updated_at")


def suggest_from(conversation: Conversation) -> bool:
    """Store the longest answer of a person, if it may hold for everybody and no article has it yet."""
    if gaps.has_answer_from(conversation.workspace_id, conversation.pk):
        return False
    exchange = best_exchange(list(conversation.messages.for_assistant().order_by("seq")))
    if exchange is None:
        return False
    locale = conversation.locale
    text = search.search_text(exchange.question, exchange.history, locale=locale)
    if classify(text).kind not in ("static", "dynamic", "unclear"):
        return False  # personal matters make no article
    vector = embeddings.embed([text], workspace_id=conversation.workspace_id)[0]
    query = Query(exchange.question, exchange.history, locale, INTERNAL)
    if not search.passages_for(conversation.workspace, query, vector).declined:
        return False
    answer = without_names(exchange.answer, conversation.contact)
    question = without_names(text, conversation.contact)
    with transaction.atomic():
        if not conversation.hold(status=Conversation.Status.RESOLVED):
            return False  # erased, or reopened, meanwhile
        gaps.learn(conversation.workspace, question, vector, conversation.pk, answer)
    return True


def best_exchange(messages: Sequence[Message]) -> Exchange | None:
    """Return the question with a person's longest answer; None if no answer is long enough."""
    exchanges: list[Exchange] = []
    for place, message in enumerate(messages):
        if message.role != Message.Role.CUSTOMER:
            continue
        answer = _answer_after(messages, place)
        if len(answer.split()) >= LEAST_WORDS:
            history = tuple((earlier.role, earlier.text) for earlier in messages[:place])
            exchanges.append(Exchange(message.text, history, answer))
    return max(exchanges, key=lambda exchange: len(exchange.answer), default=None)


def _answer_after(messages: Sequence[Message], place: int) -> str:
    """Return what people replied to a question before the customer's next message."""
    answer = []
    for message in messages[place + 1 :]:
        if message.role == Message.Role.CUSTOMER:
            break
        if message.role == Message.Role.PERSON:
            answer.append(message.text.strip())
    return "\n\n".join(answer)


def without_names(text: str, contact: Contact) -> str:
    """Return the text without the customer's name, addresses, telephone and order numbers."""
    text = _PHONE.sub("[number]", _RUN.sub(_without_number, _EMAIL.sub("[e-mail]", text)))
    names = [contact.name, *contact.name.split(), contact.external_id]
    for name in sorted({name for name in names if len(name) > 2}, key=len, reverse=True):
        text = whole(name).sub("[customer]", text)
    return text


def _without_number(run: re.Match[str]) -> str:
    return "[number]" if sum(c.isdigit() for c in run[0]) >= _NUMBER_MIN_DIGITS else run[0]
