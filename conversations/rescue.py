"""Replies whose process died are taken up again by a worker."""

import asyncio
import uuid

from celery import shared_task

from conversations import events, leases, reply
from conversations.models import Message
from conversations.phrases import phrase


@shared_task(ignore_result=True, expires=5)
def rescue_replies() -> None:
    """Look for replies that nobody writes any more, and have each one finished."""
    for reply_id in Message.objects.abandoned().values_list("pk", flat=True)[:200]:
        finish_reply.delay(str(reply_id))


@shared_task
def finish_reply(reply_id: str) -> None:
    """Write an abandoned reply to its end. Does nothing where somebody else has claimed it meanwhile."""
    asyncio.run(finish(uuid.UUID(reply_id)))


async def finish(reply_id: uuid.UUID) -> None:
    given_up = await leases.agive_up(reply_id)
    if given_up is None:
        await reply.run(reply_id)
        await reply.all_done()
        return
    await events.apublish(
        given_up.conversation_id,
        "reply.failed",
        message_id=str(reply_id),
        code="reply_failed",
        message=phrase("trouble", "en"),
    )
