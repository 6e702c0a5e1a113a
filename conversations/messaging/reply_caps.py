"""Caps on model replies for anonymous visitors, independent of the shop's budgets: CAPS, per address and per workspace.

Cached answers and quotations are not capped. Counted in Redis atomically, so that concurrent replies cannot exceed a
cap; a window begins with its first reply. Without Redis nothing is capped: the budgets in the database still apply.
"""

import logging
import uuid
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from assistant.redis.client import async_redis_client, redis_client
from assistant.usage import alerts
from assistant.usage.models import Alert
from conversations.messaging.question import Question
from conversations.models import Conversation

log = logging.getLogger(__name__)
DAY_S = 24 * 3600
SENDER_KEPT_S = 3600  # much longer than a reply waits to be written
BY_ADDRESS = (("ANONYMOUS_REPLIES_PER_IP_HOUR", 3600), ("ANONYMOUS_REPLIES_PER_IP_DAY", DAY_S))
CAPS = (*BY_ADDRESS, ("ANONYMOUS_REPLIES_PER_DAY", DAY_S))

# Counts in all windows or in none. Returns the number of the full window, from 1; 0 if none is full.
TAKE = """
for i, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or 0) >= tonumber(ARGV[2 * i - 1]) then return i end
end
for i, key in ipairs(KEYS) do
    if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
end
return 0
"""
GIVE_BACK = "for _, key in ipairs(KEYS) do if redis.call('EXISTS', key) == 1 then redis.call('DECR', key) end end"


@dataclass(frozen=True, slots=True)
class Place:
    """The windows in which a reply was counted; none if `full` names the cap that was reached."""

    windows: tuple[str, ...] = ()
    full: str = ""


UNCAPPED = Place()


def sender_key(conversation_id: uuid.UUID | str) -> str:
    return f"model-replies:sender:{conversation_id}"


def note_sender(conversation: Conversation, ip: str | None) -> None:
    """Store a digest of an anonymous visitor's address for the writer of the reply.

    `ip` is None for the owner of an API key. Neither owners nor verified contacts have caps.
    """
    if ip is None or conversation.contact.verified:
        return
    sender = salted_hmac("conversations.messaging.reply_caps", ip).hexdigest()
    try:
        redis_client().set(sender_key(conversation.pk), sender, ex=SENDER_KEPT_S)
    except (RedisError, OSError) as error:
        log.warning("Reply caps are not enforced: %s", error)


async def take(question: Question) -> Place:
    """Count a reply that a model is about to generate; if a cap is reached, count nothing and notify staff."""
    try:
        place = await _taken(question)
    except (RedisError, OSError) as error:
        log.warning("Reply caps are not enforced: %s", error)
        return UNCAPPED
    if place.full:
        await _atell(question.workspace.pk, place.full)
    return place


async def _taken(question: Question) -> Place:
    sender = None if question.contact.verified else await async_redis_client().get(sender_key(question.conversation.pk))
    caps = [(name, seconds, most) for name, seconds in CAPS if (most := getattr(settings, name))]
    if sender is None or not caps:
        return UNCAPPED
    workspace = f"model-replies:{question.workspace.pk}"
    windows = [f"{workspace}:{name}" + f":{sender}" * (name in dict(BY_ADDRESS)) for name, _, _ in caps]
    limits = [number for _, seconds, most in caps for number in (most, seconds)]
    full = await _evaluated(TAKE, windows, *limits)
    return Place(full=caps[full - 1][0]) if full else Place(tuple(windows))


async def give_back(place: Place) -> None:
    """Uncount a reply that no model generated after all."""
    if not place.windows:
        return
    try:
        await _evaluated(GIVE_BACK, place.windows)
    except (RedisError, OSError) as error:
        log.warning("Could not uncount a reply: %s", error)


async def _evaluated(script: str, keys: Any, *arguments: int) -> int:
    return await cast(Awaitable[int], async_redis_client().eval(script, len(keys), *keys, *arguments))


def _tell(workspace_id: uuid.UUID, cap: str) -> None:
    whose = "one address" if cap in dict(BY_ADDRESS) else "the workspace"
    most = f"{getattr(settings, cap):,}"
    alerts.tell_once(
        workspace_id,
        Alert.Kind.BUDGET,
        100,
        f"Anonymous visitors of {whose} have had the {most} replies of a model that {cap} allows: "
        "articles are quoted to them, and a person is offered.",
        scope=f"cap:{cap}",
        starts_on=timezone.now().date(),
    )


_atell = database_sync_to_async(_tell, thread_sensitive=False)
