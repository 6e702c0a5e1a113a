"""`/healthz`, `/readyz` and `/metrics`.

`/healthz` does no I/O: it answers as long as the event loop turns. `/readyz` is about the database and its
migrations: without them no message is taken. Replies go on without everything else, so the rest is checked
too, but only reported: `degraded` in the answer, and a metric. A balancer that took every web process away
because Redis or the workers are down would make a small outage a whole one.
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
# For what only degrades: a probe of Kubernetes waits for a second, and would take a late answer for a refusal.
SIDE_CHECK_LIMIT_S = 0.5
NOT_REACHED = (DatabaseError, PoolTimeout, redis.RedisError, OSError)
READY = Gauge("brevity_ready", "1 when this check of /readyz passes", ["check"])
DEGRADED = Gauge("brevity_degraded", "1 when something that replies can do without is missing")
QUEUED = Gauge("brevity_queue_messages", "Tasks that wait", ["queue"])
OLDEST_S = Gauge("brevity_queue_oldest_age_seconds", "How long the next task has waited", ["queue"])
_migrated = False


class NotReady(Exception):
    """A check that failed, in words that a stranger may read."""


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Looked up until they are applied, then remembered: nobody unapplies them under a running process."""
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
    """Workers that are gone show as a queue whose next task waits and waits. Summaries, the other queue, may wait."""
    with task_age.client() as broker:
        age_s = task_age.oldest_age_s(broker, "celery")
    if age_s > settings.QUEUE_MAX_AGE_S:
        raise NotReady(f"a task of queue celery has waited {age_s:.0f} s")


def check_engines() -> None:
    """Every tier names engines that exist. Whether a model server is up is not asked: that is for the router."""
    for tier, names in settings.TIERS.items():
        for name in names:
            module = settings.ENGINES.get(name, {}).get("BACKEND", "").rpartition(".")[0]
            if not module or find_spec(module) is None:
                raise NotReady(f"tier {tier} names the engine {name}, which is not there")


def check_reader() -> None:
    """Without its weights search judges passages less well. With READER=off nothing is missing."""
    reader = registry.reader()
    if reader is not None and not reader.path.is_file():
        raise NotReady("the weights of the reader are not there")


NEEDED: dict[str, Callable[[], None]] = {"database": check_database, "migrations": check_migrations}
CHECKS: dict[str, Callable[[], None]] = {
    **NEEDED,
    "redis": check_redis,
    "queues": check_queues,
    "engines": check_engines,
    "reader": check_reader,
}


async def verdict(name: str) -> str:
    """ "ok", or what is missing."""
    limit_s = CHECK_LIMIT_S if name in NEEDED else SIDE_CHECK_LIMIT_S
    try:
        async with asyncio.timeout(limit_s):
            await database_sync_to_async(CHECKS[name], thread_sensitive=False)()
    except NotReady as error:
        said = str(error)
    except TimeoutError:
        said = f"no answer within {limit_s:g} s"
    except NOT_REACHED as error:
        logger.warning("readiness: %s: %s", name, error)
        said = "not reached"
    else:
        said = "ok"
    READY.labels(name).set(said == "ok")
    return said


async def checked() -> dict[str, str]:
    """Every check and its verdict; noted in the metrics."""
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
    """The figures as Prometheus reads them, for this machine or the bearer of METRICS_TOKEN."""
    if not may_see_metrics(request):
        return HttpResponse(status=404)
    await checked()
    try:
        await asyncio.to_thread(measure_queues)
    except redis.RedisError:
        logger.warning("metrics: the queues could not be measured")
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def may_see_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # a proxy on this machine speaks for somebody else
    return ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback


def measure_queues() -> None:
    with task_age.client() as broker:
        for name, length in task_age.lengths(broker).items():
            QUEUED.labels(name).set(length)
            OLDEST_S.labels(name).set(task_age.oldest_age_s(broker, name))
