"""Looking, now and then, whether there are events that no wake told of: for all followers of an event loop together.

Who follows a conversation waits to be woken. A wake that was lost would leave it waiting, so the newest event of
every followed conversation is compared with the place where its followers stand, within SOCKET_POLL_INTERVAL_S.
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
TOGETHER = 200  # conversations that are looked at with one command
AWAY_S = 1.0  # until a Redis that is away is asked again

# KEYS: stream and epoch of each conversation. Gives the epoch and the newest number of each.
NEWEST = """
local found = {}
for n = 1, #KEYS, 2 do
    local last = redis.call('XREVRANGE', KEYS[n], '+', '-', 'COUNT', 1)
    found[#found + 1] = redis.call('GET', KEYS[n + 1]) or ''
    found[#found + 1] = last[1] and tonumber(string.match(last[1][1], '^%d+')) or 0
end
return found
"""

_tasks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


def start_polling() -> None:
    """Have the followers of this event loop looked after, for as long as there are any."""
    loop = asyncio.get_running_loop()
    if loop not in _tasks or _tasks[loop].done():
        _tasks[loop] = asyncio.create_task(_look_after(notify.here()))


async def _look_after(listeners: notify.Listeners) -> None:
    while followed := list(listeners.waiting):
        parts = [followed[start : start + TOGETHER] for start in range(0, len(followed), TOGETHER)]
        for some in parts:
            # Who comes in meanwhile is in the next round: so one round takes half the time that is promised.
            await asyncio.sleep(settings.SOCKET_POLL_INTERVAL_S / 2 / len(parts))
            await _look(listeners, some)


async def _look(listeners: notify.Listeners, conversation_ids: list[str]) -> None:
    """Wake those who stand elsewhere than at the newest event."""
    try:
        asked = [key for conversation_id in conversation_ids for key in keys(conversation_id)]
        found = await async_redis_client().eval(NEWEST, len(asked), *asked)
    except (RedisError, OSError) as error:
        log.warning("events are not looked for: %s", error)
        await asyncio.sleep(AWAY_S)
        return
    for conversation_id, epoch, seq in zip(conversation_ids, found[::2], found[1::2], strict=True):
        for woken in listeners.waiting.get(conversation_id, ()):
            if woken.stands_at not in (None, (epoch, seq)):
                woken.hand()
