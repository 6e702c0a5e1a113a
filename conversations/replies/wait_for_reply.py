"""Wait for a reply, for APIs that respond once."""

import uuid
from collections.abc import Sequence
from time import monotonic
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from assistant.errors import NotFound
from conversations.events import notify
from conversations.messaging.store import Accepted
from conversations.models import Conversation, Message
from conversations.replies import submit
from conversations.replies.runner import running_here

ENDS = ("reply.completed", "reply.failed")
LOOK_INTERVAL_S = 1.0  # the longest delay of a waiting caller after a lost notification


async def asked(
    conversation: Conversation,
    text: str,
    client_ref: uuid.UUID | None = None,
    attachments: Sequence[uuid.UUID] = (),
    *,
    ip: str | None = None,
) -> tuple[Accepted, Message | None]:
    """Accept a customer's message like `submit.submit`, and wait for its reply like `finished`.

    The reply is None if a person answers.
    """
    accepted = await submit.aadmit(conversation, text, client_ref, attachments, ip=ip)
    return accepted, await announced(conversation, accepted)


async def announced(conversation: Conversation, accepted: Accepted) -> Message | None:
    """Announce an admitted message and wait for its reply.

    Subscribing first means that the completion event is delivered here, without a query.
    """
    if accepted.is_new and accepted.reply and accepted.reply.is_finished:
        await submit.announce(conversation, accepted)
        return accepted.reply
    async with notify.listening(str(conversation.pk), from_now=True) as woken:
        await submit.announce(conversation, accepted)
        if accepted.reply is None:
            return None
        if not accepted.is_new:
            woken.must_look = True
        return await _end_of(accepted.reply, woken, settings.REST_WAIT_S)


async def finished(reply: Message, at_most_s: float | None = None) -> Message:
    """Return the reply once it is finished, or as it is after `at_most_s`, by default REST_WAIT_S."""
    async with notify.listening(str(reply.conversation_id)) as woken:
        return await _end_of(reply, woken, at_most_s or settings.REST_WAIT_S)


async def _end_of(reply: Message, woken: notify.Subscription, at_most_s: float) -> Message:
    deadline = monotonic() + at_most_s
    here = running_here(reply.pk)  # its writer then has the finished reply, so no query is needed
    while True:
        handed = woken.take()
        late = monotonic() >= deadline
        if late or not handed or any(ends_reply(event, reply) for _, event in handed):
            now = (here and here.ended) or await afetch(reply.pk)
            if now.is_finished or late:
                return now
        await notify.wait(woken, LOOK_INTERVAL_S)


def ends_reply(event: dict[str, Any], reply: Message) -> bool:
    return event["type"] in ENDS and event["message_id"] == str(reply.pk)


def fetch(message_id: uuid.UUID) -> Message:
    found = Message.objects.select_related("author").filter(pk=message_id).first()
    if found is None:  # erased meanwhile
        raise NotFound
    return found


afetch = database_sync_to_async(fetch, thread_sensitive=False)
