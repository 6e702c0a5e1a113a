"""What those who follow a conversation are promised to be told.

A promise stands in Redis from before a commit until the event that tells of it is published. A process that is
killed between the two leaves its promise behind; a worker finds it, and the conversation's events begin anew.
"""

import logging
from collections.abc import Iterable
from time import sleep

from redis.exceptions import RedisError

from assistant.redis.client import redis_client
from conversations.events import missed
from conversations.events.append import PROMISES
from conversations.models import Conversation, Message

log = logging.getLogger(__name__)
IN_TIME_S = 1.0  # from a commit to its event, in a process that lives


def for_reply(reply: Message) -> str:
    """The promise that a reply will be told to its end."""
    return f"{reply.conversation_id}/{reply.pk}"


def for_person(conversation: Conversation) -> str:
    """The promise that what a person is about to say will be told."""
    return f"{conversation.pk}/"


def note(promise: str) -> None:
    """Write a promise down. Without Redis nothing is promised: what is not published then is mended as a gap."""
    try:
        redis_client().sadd(PROMISES, promise)
    except (RedisError, OSError) as error:
        log.warning("a promise is not written down: %s", error)


def repair_overdue() -> None:
    """Have events begin anew where what is committed was not told, and nobody is about to.

    Raises:
        RedisError, OSError: Redis is away.
    """
    due = _due(redis_client().sscan_iter(PROMISES, count=1_000))
    if not due:
        return
    sleep(IN_TIME_S)
    broken = [promise for promise, stands in zip(due, redis_client().smismember(PROMISES, due), strict=True) if stands]
    if broken:
        log.warning("%d events were promised and not told", len(broken))
        missed.restart_stream({promise.partition("/")[0] for promise in broken})
        redis_client().srem(PROMISES, *broken)


def _due(promised: Iterable[str]) -> list[str]:
    """Those of them that no unfinished reply stands behind."""
    reply_of = {promise: promise.partition("/")[2] for promise in promised}
    replies = Message.objects.unfinished().filter(pk__in=filter(None, reply_of.values()))
    unfinished = {str(pk) for pk in replies.values_list("pk", flat=True)}
    return [promise for promise, reply in reply_of.items() if reply not in unfinished]
