"""One model call for many identical questions at once.

The first to ask leads; the others learn which reply it is writing and wait for its end. The lead is a Redis
key with a lease: a leader that dies is replaced when the lease runs out. Its token fences: a leader that
was replaced cannot release, renew or announce for its successor. Where the cache refuses a leader's answer, it
will refuse the next one too: for the time of a lease nobody leads then, and all who ask write at once. Without
Redis everybody leads.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from redis.exceptions import RedisError

from assistant.redis.client import async_redis_client
from caching.scope import Scope
from language.normalise import canonical, key

# The value is "token|reply id". Renew or release only what is still one's own.
RENEW = """
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3]) return 1
end
return 0
"""
RELEASE = """
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
REFUSED = "|"  # neither token nor reply: nobody is to lead
REFUSE = """
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1
end
return 0
"""


@dataclass(slots=True)
class Lease:
    """`leader`: write the answer. Otherwise wait for `reply_id`, the leader's reply; without one, write your own.

    `held` turns False when a leader's lease was lost to another: what it writes is still its own reply.
    A leader sets `refused` where the cache did not take its answer.
    """

    leader: bool
    reply_id: str = ""
    token: str = ""
    held: bool = True
    refused: bool = False


@contextlib.asynccontextmanager
async def lead(scope: Scope, question: str, reply_id: uuid.UUID | str = "") -> AsyncIterator[Lease]:
    """Lead for this question while the context is open, or learn who does.

    `reply_id` is the reply that the caller would write, announced to followers. The lease is renewed
    in the background until the context closes, and then released.
    """
    name = name_of(scope, question)
    lease = await take(name, str(reply_id))
    renewal = asyncio.create_task(keep(name, lease)) if lease.leader and lease.token else None
    try:
        yield lease
    finally:
        if renewal is not None:
            renewal.cancel()
            await release(name, lease)


def name_of(scope: Scope, question: str) -> str:
    return f"cache:lead:{scope.as_key()}:{key(canonical(question))}"


async def take(name: str, reply_id: str) -> Lease:
    token = uuid.uuid4().hex + "|"
    try:
        held = await async_redis_client().set(name, token + reply_id, nx=True, px=lease_ms(), get=True)
    except RedisError:
        return Lease(leader=True, reply_id=reply_id)
    led_by = None if held is None else str(held).partition("|")[2]
    if led_by is None or (reply_id and led_by == reply_id and await succeed(name, token + reply_id)):
        return Lease(leader=True, reply_id=reply_id, token=token)
    return Lease(leader=False, reply_id=led_by)


async def succeed(name: str, held: str) -> bool:
    """Take the lead over from a writer of the same reply: it has died, or the reply would not be ours."""
    try:
        return bool(await async_redis_client().set(name, held, px=lease_ms()))
    except RedisError:
        return False


async def keep(name: str, lease: Lease) -> None:
    """Renew at a third of the lease; ends when the lease is another's."""
    while lease.held:
        await asyncio.sleep(lease_ms() / 3000)
        with contextlib.suppress(RedisError):
            renewed = async_redis_client().eval(RENEW, 1, name, lease.token, lease.reply_id, lease_ms())
            lease.held = bool(await cast(Awaitable[Any], renewed))


async def release(name: str, lease: Lease) -> None:
    with contextlib.suppress(RedisError):
        if lease.refused:
            await cast(Awaitable[Any], async_redis_client().eval(REFUSE, 1, name, lease.token, REFUSED, lease_ms()))
        else:
            await cast(Awaitable[Any], async_redis_client().eval(RELEASE, 1, name, lease.token))


async def leader_of(scope: Scope, question: str) -> str | None:
    """The reply that is being written for this question now; None when nobody leads (any more), or is to."""
    try:
        held = await async_redis_client().get(name_of(scope, question))
    except RedisError:
        return None
    return (str(held).partition("|")[2] or None) if held else None


def lease_ms() -> int:
    return int(settings.CACHE_LEAD_LEASE_S * 1000)
