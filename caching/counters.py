"""Counts of cache lookups by result, kept in Redis and stored once a minute."""

import logging
import uuid
from datetime import date, timedelta
from typing import cast

from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from redis.exceptions import RedisError

from assistant.redis.client import redis_client
from caching.models import Tally

log = logging.getLogger(__name__)
PENDING = "cache:tally"
ADD = """
INSERT INTO caching_tally (workspace_id, day, reason, count)
SELECT id, %s, %s, %s FROM workspaces_workspace WHERE id = %s
ON CONFLICT (workspace_id, day, reason) DO UPDATE SET count = caching_tally.count + EXCLUDED.count
"""


def count(workspace_id: uuid.UUID, reason: str) -> None:
    """Add one to a counter. When Redis is down the count is lost and nothing is raised."""
    try:
        redis_client().hincrby(PENDING, f"{workspace_id}|{timezone.now().date()}|{reason[:60]}", 1)
    except RedisError as error:
        log.warning("Lost a cache counter: %s", error)


def write_down() -> int:
    """Move the counts from Redis into Postgres; return how many counters moved.

    They are removed from Redis first, so a crash in between loses counts but never doubles them.
    """
    pending = f"{PENDING}:{uuid.uuid4()}"
    if not redis_client().exists(PENDING):
        return 0
    redis_client().rename(PENDING, pending)
    counts = cast(dict[str, str], redis_client().hgetall(pending))
    with connection.cursor() as cursor:
        for name, number in counts.items():
            workspace_id, day, reason = name.split("|", 2)
            cursor.execute(ADD, [day, reason, int(number), workspace_id])
    redis_client().delete(pending)
    return len(counts)


def totals(workspace_id: uuid.UUID, days: int = 30) -> dict[str, int]:
    """Return (reason, count) over the last days, most frequent first, without what is still in Redis."""
    since: date = timezone.now().date() - timedelta(days=days)
    rows = Tally.objects.filter(workspace_id=workspace_id, day__gt=since).values("reason").annotate(n=Sum("count"))
    return {row["reason"]: row["n"] for row in rows.order_by("-n")}
