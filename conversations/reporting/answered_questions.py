"""Past questions that an article answered, for the preview of changes and for training."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from conversations.messaging.question import question_of
from conversations.models import Message
from knowledge.articles.past_questions import Question
from knowledge.models import Article

LOOKED_BACK_DAYS = 180


def citing(article: Article) -> QuerySet[Message]:
    """The assistant's answers that cite the article, newest first."""
    since = timezone.now() - timedelta(days=LOOKED_BACK_DAYS)
    replies = Message.objects.filter(
        conversation__workspace=article.workspace_id,
        role=Message.Role.ASSISTANT,
        created_at__gte=since,
        citations__contains=[{"article_id": str(article.pk)}],
    )
    return replies.order_by("-created_at")


def past_questions(article: Article, most: int) -> Iterator[Question]:
    """Return the newest `most` questions whose answers cite the article, with the messages before them."""
    for reply in citing(article).exclude(in_reply_to=None)[:most]:
        question = question_of(reply)
        yield Question(
            question.text,
            "cited",
            question.turns,
            question.conversation.locale,
            question.audience,
            reply.text,
            question.conversation.pk,
        )


def liked_answers(
    workspace_id: uuid.UUID, most: int
) -> Iterator[tuple[str, tuple[tuple[str, str], ...], list[dict[str, Any]]]]:
    """Return the newest `most` liked answers: the question, the messages before it, the citations."""
    liked = Message.objects.filter(
        conversation__workspace=workspace_id,
        role=Message.Role.ASSISTANT,
        rating="like",
        created_at__gte=timezone.now() - timedelta(days=LOOKED_BACK_DAYS),
    )
    for reply in liked.exclude(citations=[]).exclude(in_reply_to=None).with_question().order_by("-created_at")[:most]:
        question = question_of(reply)
        yield question.text, question.turns, reply.citations
