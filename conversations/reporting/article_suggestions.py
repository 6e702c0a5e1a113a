"""What people answered in resolved conversations, put before curators as the beginning of an article.

Nothing is published by itself: an answer is kept beside the open question, and a draft may begin with it.
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
LEAST_WORDS = 8  # "I have just done it for you" answers nobody else
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.+-]+")
_RUN = re.compile(r"[\w-]{5,}")
_NUMBER_MIN_DIGITS = 4  # of a run that is taken for a number of theirs
_PHONE = re.compile(r"\+?\d[\d ()/-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A customer's question, with what was said before it, and what a person answered."""

    question: str
    history: tuple[tuple[str, str], ...]
    answer: str


def suggest_from_resolved() -> int:
    """Look through the conversations that people resolved lately; return how many gave a suggestion.

    Safe to repeat: what was learned from a conversation once is not learned again.

    Raises:
        EngineUnavailable: the embedder is away; the next run looks again.
    """
    return sum(suggest_from(conversation) for conversation in _resolved()[:AT_ONCE])


def _resolved() -> QuerySet[Conversation]:
    by_person = Message.objects.filter(conversation=OuterRef("pk"), role=Message.Role.PERSON)
    lately = Conversation.objects.filter(
        Exists(by_person), status=Conversation.Status.RESOLVED, updated_at__gte=timezone.now() - LOOKED_BACK
    )
    return lately.select_related("workspace", "contact").order_by("-updated_at")


def suggest_from(conversation: Conversation) -> bool:
    """Keep the fullest answer of a person, if it may hold for everybody and no article says it yet."""
    if gaps.has_answer_from(conversation.workspace_id, conversation.pk):
        return False
    exchange = best_exchange(list(conversation.messages.said().order_by("seq")))
    if exchange is None:
        return False
    locale = conversation.locale
    text = search.search_text(exchange.question, exchange.history, locale=locale)
    if classify(text).kind not in ("static", "dynamic", "unclear"):
        return False  # what is one customer's own makes no article
    vector = embeddings.embed([text], workspace_id=conversation.workspace_id)[0]
    query = Query(exchange.question, exchange.history, locale, INTERNAL)
    if not search.passages_for(conversation.workspace, query, vector).declined:
        return False
    answer = without_names(exchange.answer, conversation.contact)
    question = without_names(text, conversation.contact)
    with transaction.atomic():
        if not conversation.hold(status=Conversation.Status.RESOLVED):
            return False  # erased, or taken up again, while it was looked through
        gaps.learn(conversation.workspace, question, vector, conversation.pk, answer)
    return True


def best_exchange(messages: Sequence[Message]) -> Exchange | None:
    """The question that a person answered at most length; None where no answer says enough."""
    found: list[Exchange] = []
    for place, message in enumerate(messages):
        if message.role != Message.Role.CUSTOMER:
            continue
        answer = _answer_after(messages, place)
        if len(answer.split()) >= LEAST_WORDS:
            history = tuple((said.role, said.text) for said in messages[:place])
            found.append(Exchange(message.text, history, answer))
    return max(found, key=lambda exchange: len(exchange.answer), default=None)


def _answer_after(messages: Sequence[Message], place: int) -> str:
    """What people said to a question before the customer spoke again."""
    told = []
    for message in messages[place + 1 :]:
        if message.role == Message.Role.CUSTOMER:
            break
        if message.role == Message.Role.PERSON:
            told.append(message.text.strip())
    return "\n\n".join(told)


def without_names(text: str, contact: Contact) -> str:
    """The text without what names the customer: their name, addresses, telephone and order numbers."""
    text = _PHONE.sub("[number]", _RUN.sub(_without_number, _EMAIL.sub("[e-mail]", text)))
    names = [contact.name, *contact.name.split(), contact.external_id]
    for name in sorted({name for name in names if len(name) > 2}, key=len, reverse=True):
        text = whole(name).sub("[customer]", text)
    return text


def _without_number(run: re.Match[str]) -> str:
    return "[number]" if sum(c.isdigit() for c in run[0]) >= _NUMBER_MIN_DIGITS else run[0]
