"""Store ratings of answers, and act on them."""

import uuid

from channels.db import database_sync_to_async

from conversations.messaging import feedback, handoff
from conversations.models import Conversation, Message

BAD_RATINGS = 2  # negative ratings since the context was last reset after which a person is offered


def rate(conversation: Conversation, message_id: uuid.UUID, rating: str, comment: str = "") -> Message:
    """Store a customer's rating of an answer; after BAD_RATINGS negative ones offer a person.

    Raises:
        NotFound: there is no such answer in this conversation.
    """
    rated = feedback.rate(conversation, message_id, rating, comment)
    if rating == "dislike":
        now = Conversation.objects.get(pk=conversation.pk)
        disliked = Message.objects.filter(conversation=now, rating="dislike").after(now.context_from_seq)
        if disliked.count() >= BAD_RATINGS:
            handoff.offer(now, handoff.Reason.RATED_LOW)
    return rated


arate = database_sync_to_async(rate, thread_sensitive=False)
