"""Resume, in a worker, replies whose process died."""

import asyncio
import uuid

from celery import shared_task

from conversations.canned_responses import phrase
from conversations.events import stream
from conversations.messaging import leases
from conversations.models import Message
from conversations.replies import runner

RESCUED_AT_ONCE = 200
WRITTEN_TOGETHER = 50  # by one worker process, which mostly waits for models


@shared_task(ignore_result=True, expires=5)
def rescue_replies() -> None:
    """Find abandoned replies and start tasks that finish them, many concurrently."""
    found = [str(pk) for pk in Message.objects.abandoned().values_list("pk", flat=True)[:RESCUED_AT_ONCE]]
    for first in range(0, len(found), WRITTEN_TOGETHER):
        finish_replies.delay(found[first : first + WRITTEN_TOGETHER])


@shared_task
def finish_replies(reply_ids: list[str]) -> None:
    """Finish abandoned replies. Skip those that another process has claimed meanwhile."""
    asyncio.run(finish_all([uuid.UUID(reply_id) for reply_id in reply_ids]))


async def finish_all(reply_ids: list[uuid.UUID]) -> None:
    """Finish all of these replies, then raise the first error, if any."""
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
