"""The exact tier's front in Redis: which entry answers this wording. Redis in trouble is a miss.

It holds ids alone. Whether an entry may still be served is asked of Postgres each time, by the same
UPDATE that counts the hit, so nothing here has to be dropped in time.
"""

import logging
import uuid

from django.conf import settings
from redis.exceptions import RedisError

from assistant.redis.client import redis_client
from caching.scope import Scope

log = logging.getLogger(__name__)


def place(scope: Scope, key: str) -> str:
    return f"cache:{{{scope.workspace_id}}}:{scope.locale}:{scope.audience}:{scope.release}:{key}"


def entry_id(scope: Scope, key: str) -> uuid.UUID | None:
    try:
        found = redis_client().get(place(scope, key))
    except RedisError as error:
        log.warning("The cache's front cannot be read: %s", error)
        return None
    return uuid.UUID(str(found)) if found else None


def is_there() -> bool:
    """Whether Redis answers now. What would look for it for seconds can be left undone."""
    try:
        return bool(redis_client().ping())
    except RedisError:
        return False


def keep(scope: Scope, key: str, entry: uuid.UUID) -> None:
    try:
        redis_client().set(place(scope, key), str(entry), ex=settings.CACHE_TTL_S)
    except RedisError as error:
        log.warning("The cache's front cannot be written: %s", error)


def drop(scope: Scope, key: str) -> None:
    try:
        redis_client().delete(place(scope, key))
    except RedisError as error:
        log.warning("The cache's front cannot be written: %s", error)
