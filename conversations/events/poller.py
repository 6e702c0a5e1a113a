"""Find events whose wake was lost, by polling Redis for all followers of an event loop together.

A follower waits until it is woken. In case a wake is lost, the number of the newest event of every followed
conversation is compared with its followers' positions at least every SOCKET_POLL_INTERVAL_S.
"""

import asyncio
import logging
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.exceptions import RedisError

from assistant.redis.client import async_redis_client
from conversations.events import notify
from conversations.events.append import keys

log = logging.getLogger(__name__)
BATCH_SIZE = 200  # conversations per command
RETRY_AFTER_S = 1.0  # while Redis is down

# KEYS: stream and epoch of each conversation. Returns the epoch and the newest number of each.
NEWEST = """
local results = {}
for n = 1, #KEYS, 2 do
    local last = redis.call('XREVRANGE', KEYS[n], '+', '-', 'COUNT', 1)
    results[#results + 1] = redis.call('GET', KEYS[n + 1]) or ''
    results[#results + 1] = last[1] and tonumber(string.match(last[1][1], '^%d+')) or 0
end
return results
"""

_tasks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


def start_polling() -> None:
    """Poll for the followers of this event loop, as long as there are any."""
    loop = asyncio.get_running_loop()
    if loop not in _tasks or _tasks[loop].done():
        _tasks[loop] = asyncio.create_task(_poll(notify.here()))


async def _poll(listeners: notify.Listeners) -> None:
    while followed := list(listeners.waiting):
        batches = [followed[start : start + BATCH_SIZE] for start in range(0, len(followed), BATCH_SIZE)]
        for batch in batches:
            # A new follower waits for the next round, so a round takes half of the interval.
            await asyncio.sleep(settings.SOCKET_POLL_INTERVAL_S / 2 / len(batches))
            await _wake_followers_behind(listeners, batch)


async def _wake_followers_behind(listeners: notify.Listeners, conversation_ids: list[str]) -> None:
    """Wake the followers whose position is not the newest event."""
    try:
        redis_keys = [key for conversation_id in conversation_ids for key in keys(conversation_id)]
        results = await async_redis_client().eval(NEWEST, len(redis_keys), *redis_keys)
    except (RedisError, OSError) as error:
        log.warning("cannot poll for events: %s", error)
        await asyncio.sleep(RETRY_AFTER_S)
        return
    for conversation_id, epoch, seq in zip(conversation_ids, results[::2], results[1::2], strict=True):
        for subscription in listeners.waiting.get(conversation_id, ()):
            if subscription.position not in (None, (epoch, seq)):
                subscription.deliver()
