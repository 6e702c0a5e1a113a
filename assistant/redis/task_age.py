"""Length of the task queues, and the age of the oldest waiting task."""

import time
from typing import Any, cast

import orjson
import redis
from celery.signals import before_task_publish
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

NAMES = ("celery", "local_model")
PUBLISHED_AT = "published_at_s"


def stamp(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Add the current time to each task when it is queued, which Celery does not do."""
    if headers is not None:
        headers.setdefault(PUBLISHED_AT, time.time())


before_task_publish.connect(stamp)


def client() -> redis.Redis:
    """Return a connection to the broker that tries once and gives up after 2 s."""
    never = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2, retry=never)


def lengths(broker: redis.Redis) -> dict[str, int]:
    return {name: cast(int, broker.llen(name)) for name in NAMES}


def oldest_age_s(broker: redis.Redis, name: str) -> float:
    """Return how many seconds the next task of this queue has waited; 0 if the queue is empty."""
    oldest = cast(bytes | None, broker.lindex(name, -1))
    if oldest is None:
        return 0.0
    published_at_s = orjson.loads(oldest).get("headers", {}).get(PUBLISHED_AT)
    return max(0.0, time.time() - published_at_s) if published_at_s else 0.0
