"""Redis clients: one per process for synchronous code, one per event loop for async code."""

import asyncio
from functools import cache
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from assistant.redis import connection

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = WeakKeyDictionary()


@cache
def redis_client() -> redis.Redis:
    """The synchronous client. Raises RedisError from its commands, within REDIS_TIMEOUT_S, when Redis is down."""
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, **connection.options(settings.REDIS_TIMEOUT_S)
    )


def is_there() -> bool:
    """Return whether Redis answers now, so that optional work that would wait for it can be skipped."""
    try:
        return bool(redis_client().ping())
    except RedisError:
        return False


def async_redis_client() -> redis.asyncio.Redis:
    """The client of the running event loop. At most 64 connections; a caller beyond that waits."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            settings.REDIS_URL,
            max_connections=64,
            timeout=5,
            decode_responses=True,
            **connection.async_options(settings.REDIS_TIMEOUT_S),
        )
        _clients[loop] = redis.asyncio.Redis(connection_pool=pool)
    return _clients[loop]
