"""Single flight: one model call for many identical concurrent questions.

The first request leads; the others learn the id of its reply and wait for it. The leader holds a lease, a Redis key: if
the leader dies, another takes over when the lease expires. A fencing token keeps a replaced leader from releasing,
renewing or announcing for its successor. If the cache refuses the leader's answer it would refuse the next one too: for
one lease time nobody leads and every request generates its own answer. Without Redis every request leads.
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

# The value is "token|reply id". Renew or release only one's own lease.
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
REFUSED = "|"  # neither token nor reply: nobody may lead
REFUSE = """
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1
end
return 0
"""


@dataclass(slots=True)
class Lease:
    """A lease on a question.

    `leader`: generate the answer. Otherwise wait for `reply_id`, the leader's reply; without one, generate your own.
    `held` turns False when a leader loses its lease to another; its reply stays its own. A leader sets `refused` if the
    cache did not accept its answer.
    """

    leader: bool
    reply_id: str = ""
    token: str = ""
    held: bool = True
    refused: bool = False


@contextlib.asynccontextmanager
async def lead(scope: Scope, question: str, reply_id: uuid.UUID | str = "") -> AsyncIterator[Lease]:
    """Lead for this question while the context is open, or learn who leads.

    `reply_id` is the reply that the caller would generate; followers learn it. The lease is renewed in the background
    until the context closes, and then released.
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
        current = await async_redis_client().set(name, token + reply_id, nx=True, px=lease_ms(), get=True)
    except RedisError:
        return Lease(leader=True, reply_id=reply_id)
    led_by = None if current is None else str(current).partition("|")[2]
    if led_by is None or (reply_id and led_by == reply_id and await take_over(name, token + reply_id)):
        return Lease(leader=True, reply_id=reply_id, token=token)
    return Lease(leader=False, reply_id=led_by)


async def take_over(name: str, held: str) -> bool:
    """Take over the lease from a dead worker on the same reply, or from a reply that is not ours."""
    try:
        return bool(await async_redis_client().set(name, held, px=lease_ms()))
    except RedisError:
        return False


async def keep(name: str, lease: Lease) -> None:
    """Renew at a third of the lease time; return when another process holds the lease."""
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
    """Return the reply that is being generated for this question, or None if nobody leads or may lead."""
    try:
        current = await async_redis_client().get(name_of(scope, question))
    except RedisError:
        return None
    return (str(current).partition("|")[2] or None) if current else None


def lease_ms() -> int:
    return int(settings.CACHE_LEAD_LEASE_S * 1000)
