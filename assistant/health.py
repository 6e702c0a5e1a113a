"""`/healthz`, `/readyz` and `/metrics`.

`/healthz` does no I/O: it answers as long as the event loop runs. `/readyz` fails if the database is down or migrations
are missing, because then no message can be stored. Replies continue without everything else, so the other checks only
set `degraded` in the response and a metric. If a load balancer removed all web processes because Redis or the workers
are down, a small outage would become a complete one.
"""

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import Callable
from importlib.util import find_spec

import redis
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from psycopg_pool import PoolTimeout

from assistant.llm import registry
from assistant.redis import task_age

logger = logging.getLogger(__name__)
CHECK_LIMIT_S = 4.0
# For checks that only set `degraded`: a Kubernetes probe fails after one second by default.
SIDE_CHECK_LIMIT_S = 0.5
NOT_REACHED = (DatabaseError, PoolTimeout, redis.RedisError, OSError)
READY = Gauge("brevity_ready", "1 when this check of /readyz passes", ["check"])
DEGRADED = Gauge("brevity_degraded", "1 when something that replies can do without is missing")
QUEUED = Gauge("brevity_queue_messages", "Tasks that wait", ["queue"])
OLDEST_S = Gauge("brevity_queue_oldest_age_seconds", "How long the next task has waited", ["queue"])
_migrated = False


class NotReady(Exception):
    """A check failed. The message is public."""


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Check for missing migrations. Success is cached, because migrations are not unapplied while processes run."""
    global _migrated
    if _migrated:
        return
    if missing := missing_migrations():
        raise NotReady(f"{missing} migrations are not applied")
    _migrated = True


def missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def check_redis() -> None:
    with task_age.client() as broker:
        broker.ping()


def check_queues() -> None:
    """Check that workers are running, by the age of the oldest task. The queue of summaries may be late."""
    with task_age.client() as broker:
        age_s = task_age.oldest_age_s(broker, "celery")
    if age_s > settings.QUEUE_MAX_AGE_S:
        raise NotReady(f"a task of queue celery has waited {age_s:.0f} s")


def check_engines() -> None:
    """Check that the engines of every tier exist. Whether a model server is up is left to the router."""
    for tier, names in settings.TIERS.items():
        for name in names:
            module = settings.ENGINES.get(name, {}).get("BACKEND", "").rpartition(".")[0]
            if not module or find_spec(module) is None:
                raise NotReady(f"tier {tier} names the engine {name}, which does not exist")


def check_reader() -> None:
    """Check that the reader's weights exist, unless READER is off. Without them, search ranks passages less well."""
    reader = registry.reader()
    if reader is not None and not reader.path.is_file():
        raise NotReady("the weights of the reader are missing")


NEEDED: dict[str, Callable[[], None]] = {"database": check_database, "migrations": check_migrations}
CHECKS: dict[str, Callable[[], None]] = {
    **NEEDED,
    "redis": check_redis,
    "queues": check_queues,
    "engines": check_engines,
    "reader": check_reader,
}


async def verdict(name: str) -> str:
    """Run a check and set its metric. Returns "ok" or the problem."""
    limit_s = CHECK_LIMIT_S if name in NEEDED else SIDE_CHECK_LIMIT_S
    try:
        async with asyncio.timeout(limit_s):
            await database_sync_to_async(CHECKS[name], thread_sensitive=False)()
    except NotReady as error:
        result = str(error)
    except TimeoutError:
        result = f"no answer within {limit_s:g} s"
    except NOT_REACHED as error:
        logger.warning("readiness: %s: %s", name, error)
        result = "not reached"
    else:
        result = "ok"
    READY.labels(name).set(result == "ok")
    return result


async def checked() -> dict[str, str]:
    """Run all checks and set the metrics. Returns the result of each."""
    verdicts = await asyncio.gather(*(verdict(name) for name in CHECKS))
    checks = dict(zip(CHECKS, verdicts, strict=True))
    DEGRADED.set(is_degraded(checks))
    return checks


def is_degraded(checks: dict[str, str]) -> bool:
    return any(checks[name] != "ok" for name in CHECKS.keys() - NEEDED.keys())


async def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "alive"})


async def readyz(request: HttpRequest) -> HttpResponse:
    checks = await checked()
    ready = all(checks[name] == "ok" for name in NEEDED)
    body = {"status": "ready" if ready else "not ready", "degraded": is_degraded(checks), "checks": checks}
    return JsonResponse(body, status=200 if ready else 503)


async def metrics(request: HttpRequest) -> HttpResponse:
    """Return metrics for Prometheus, to this machine or with METRICS_TOKEN as the bearer token."""
    if not may_see_metrics(request):
        return HttpResponse(status=404)
    await checked()
    try:
        await asyncio.to_thread(measure_queues)
    except redis.RedisError:
        logger.warning("metrics: cannot measure the queues")
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def may_see_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # from a proxy on this machine, for a remote client
    return ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback


def measure_queues() -> None:
    with task_age.client() as broker:
        for name, length in task_age.lengths(broker).items():
            QUEUED.labels(name).set(length)
            OLDEST_S.labels(name).set(task_age.oldest_age_s(broker, name))
