"""/healthz, /readyz and /metrics: what they report, and who may read the metrics."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient

from assistant import health
from assistant.celery import app
from assistant.circuit_breaker import CircuitBreaker
from assistant.llm import registry
from assistant.postgres import watchdog
from assistant.redis import task_age
from tests.faults.gate import gate_to

CLOSED = "redis://127.0.0.1:1/0"


async def test_alive_needs_no_database_and_no_redis(async_client: AsyncClient, settings: Any) -> None:
    settings.CELERY_BROKER_URL = CLOSED

    answer = await async_client.get("/healthz")

    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_ready_when_everything_a_reply_needs_is_there(async_client: AsyncClient) -> None:
    answer = await async_client.get("/readyz")

    assert answer.status_code == 200, answer.content
    assert set(answer.json()["checks"].values()) == {"ok"}
    assert answer.json()["degraded"] is False


@pytest.mark.django_db(transaction=True)
async def test_without_redis_it_stays_ready_and_says_that_it_is_degraded(
    async_client: AsyncClient, settings: Any
) -> None:
    """B15. The address of Redis is not shown."""
    settings.CELERY_BROKER_URL = CLOSED

    answer = await async_client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["degraded"] is True
    assert answer.json()["checks"]["redis"] == "not reached"
    assert answer.json()["checks"]["database"] == "ok"
    assert b"127.0.0.1" not in answer.content


@pytest.mark.django_db(transaction=True)
async def test_a_redis_that_hangs_does_not_hold_the_answer_up(async_client: AsyncClient, settings: Any) -> None:
    """B15. A probe would treat a late response as a failure."""
    async with gate_to(settings.CELERY_BROKER_URL) as gate:
        settings.CELERY_BROKER_URL = gate.url
        gate.freeze()
        answer = await async_client.get("/readyz")
        gate.open()

    assert answer.status_code == 200
    assert answer.json()["checks"]["redis"] == "no answer within 0.5 s"


@pytest.mark.django_db(transaction=True)
async def test_tasks_that_nobody_takes_degrade_it(async_client: AsyncClient, settings: Any) -> None:
    """B15."""
    waiting = {"headers": {task_age.PUBLISHED_AT: time.time() - 1000}}
    with task_age.client() as broker:
        broker.lpush("celery", json.dumps(waiting))

    answer = await async_client.get("/readyz")
    figures = (await async_client.get("/metrics")).content

    assert answer.status_code == 200
    assert answer.json()["degraded"] is True
    assert "has waited 1000 s" in answer.json()["checks"]["queues"]
    assert b"brevity_degraded 1.0" in figures
    assert b'brevity_ready{check="queues"} 0.0' in figures
    assert b'brevity_ready{check="database"} 1.0' in figures


@pytest.mark.django_db(transaction=True)
async def test_a_reader_without_weights_degrades_it(async_client: AsyncClient, settings: Any, tmp_path: Path) -> None:
    settings.READER = {"path": tmp_path / "reader.int8.onnx"}
    registry.forget()

    answer = await async_client.get("/readyz")

    registry.forget()
    assert answer.status_code == 200
    assert answer.json()["degraded"] is True
    assert answer.json()["checks"]["reader"] == "the weights of the reader are missing"


@pytest.mark.django_db(transaction=True)
async def test_without_the_database_it_is_not_ready(async_client: AsyncClient, monkeypatch: Any) -> None:
    """B15."""
    unresponsive = CircuitBreaker(lambda: 3600)
    unresponsive.record_failure()  # as if Postgres had not answered just now, and not since
    monkeypatch.setattr(watchdog, "breaker", unresponsive)

    answer = await async_client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["database"] == "not reached"


@pytest.fixture
def _a_migration_less(transactional_db: None, monkeypatch: Any) -> Iterator[None]:
    newest = MigrationRecorder.Migration.objects.filter(app="conversations").latest("pk")
    monkeypatch.setattr(health, "_migrated", False)
    newest.delete()
    yield
    MigrationRecorder.Migration.objects.create(app=newest.app, name=newest.name)


@pytest.mark.usefixtures("_a_migration_less")
async def test_migrations_that_are_missing_make_it_unready(async_client: AsyncClient) -> None:
    """B15."""
    answer = await async_client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 migrations are not applied"


def test_a_task_that_is_queued_carries_the_time(settings: Any) -> None:
    app.conf.broker_url = settings.REDIS_URL
    app.send_task("conversations.tasks.rescue_replies", queue="local_model")

    with task_age.client() as broker:
        age_s = task_age.oldest_age_s(broker, "local_model")

    assert 0 < age_s < 60


@pytest.mark.django_db(transaction=True)
async def test_figures_are_for_this_machine_alone(async_client: AsyncClient) -> None:
    here = await async_client.get("/metrics")
    through_a_proxy = await async_client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert b'brevity_queue_messages{queue="celery"}' in here.content
    assert through_a_proxy.status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_with_a_token_figures_are_for_its_bearer_alone(async_client: AsyncClient, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-token-for-prometheus"

    without = await async_client.get("/metrics")
    with_it = await async_client.get("/metrics", headers={"Authorization": "Bearer a-token-for-prometheus"})

    assert without.status_code == 404
    assert with_it.status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_a_tier_that_names_no_engine_degrades_it(async_client: AsyncClient, settings: Any) -> None:
    settings.TIERS = {"large": ["nobody"], "small": []}

    answer = await async_client.get("/readyz")

    assert answer.json()["degraded"] is True
    assert "nobody" in answer.json()["checks"]["engines"]
