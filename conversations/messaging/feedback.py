"""Treat a rating, or a request for a person, as feedback on the preceding answer."""

import uuid

from django.db import transaction

from assistant.errors import NotFound
from caching import feedback
from conversations.models import Conversation, Message


def rate(conversation: Conversation, message_id: uuid.UUID, rating: str, comment: str = "") -> Message:
    """Store a customer's rating of an answer. An empty rating deletes it.

    Raises:
        NotFound: there is no such answer in this conversation.
    """
    answers = Message.objects.filter(conversation=conversation, pk=message_id).exclude(role=Message.Role.CUSTOMER)
    if not answers.update(rating=rating, rating_comment=comment):
        raise NotFound
    rated = answers.get()
    if rating == "dislike":
        flag_cached_answer(rated)
    elif entry := (rated.receipt or {}).get("cache_entry"):
        feedback.withdraw(uuid.UUID(entry), rated.pk)
    return rated


def flag_cached_answer(answer: Message) -> None:
    """Record a customer's complaint against the cached answer, if one was served."""
    entry = (answer.receipt or {}).get("cache_entry")
    if not entry:
        return
    by = answer.conversation.contact
    about = {"message_id": answer.pk, "answer": answer.text}
    with transaction.atomic():
        if answer.conversation.hold():  # otherwise the customer was erased meanwhile
            feedback.complain(uuid.UUID(entry), str(by.pk), verified=by.verified, **about)


def flag_latest_answer(conversation: Conversation) -> None:
    """Record a complaint: a customer who asks for a person right after a cached answer was not helped by it."""
    said = Message.objects.filter(conversation=conversation, role=Message.Role.ASSISTANT).newest(2)
    served = [answer for answer in said if (answer.receipt or {}).get("cache_entry")]
    if served:
        flag_cached_answer(served[-1])
