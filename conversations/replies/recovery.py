"""Resume replies whose process died, in a worker."""

import asyncio
import uuid

from celery import shared_task

from conversations.canned_responses import phrase
from conversations.events import stream
from conversations.messaging import leases
from conversations.models import Message
from conversations.replies import runner

RESCUED_AT_ONCE = 200
WRITTEN_TOGETHER = 50  # by one process of the worker, which has little to do but wait for models


@shared_task(ignore_result=True, expires=5)
def rescue_replies() -> None:
    """Look for replies that nobody writes any more, and have them finished, many beside each other."""
    found = [str(pk) for pk in Message.objects.abandoned().values_list("pk", flat=True)[:RESCUED_AT_ONCE]]
    for first in range(0, len(found), WRITTEN_TOGETHER):
        finish_replies.delay(found[first : first + WRITTEN_TOGETHER])


@shared_task
def finish_replies(reply_ids: list[str]) -> None:
    """Write abandoned replies to their end. Does nothing to those that somebody else has claimed meanwhile."""
    asyncio.run(finish_all([uuid.UUID(reply_id) for reply_id in reply_ids]))


async def finish_all(reply_ids: list[uuid.UUID]) -> None:
    """Raises the first error, when all of them have been tried."""
    ends = await asyncio.gather(*(finish(reply_id) for reply_id in reply_ids), return_exceptions=True)
    for error in filter(None, ends):
        raise error


async def finish(reply_id: uuid.UUID) -> None:
    given_up = await leases.amark_exhausted(reply_id)
    if given_up is None:
        await runner.run(reply_id)
    else:
        failed = {"message_id": str(reply_id), "code": "reply_failed", "message": phrase("trouble", "en")}
        await stream.apublish_all(given_up.conversation_id, (given_up.kind, failed), rows=[given_up])
    await runner.all_done()
