"""Is it alive, is it ready, and who may see the figures."""

import json
import time
from typing import Any

import pytest
from django.test import AsyncClient

from assistant import queues
from assistant.celery import app

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


@pytest.mark.django_db(transaction=True)
async def test_without_redis_it_is_not_ready_and_does_not_say_where_redis_lives(
    async_client: AsyncClient, settings: Any
) -> None:
    settings.CELERY_BROKER_URL = CLOSED

    answer = await async_client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] == "not reached"
    assert answer.json()["checks"]["database"] == "ok"
    assert b"127.0.0.1" not in answer.content


@pytest.mark.django_db(transaction=True)
async def test_tasks_that_nobody_takes_make_it_unready(async_client: AsyncClient, settings: Any) -> None:
    waiting = {"headers": {queues.PUBLISHED_AT: time.time() - 1000}}
    with queues.client() as broker:
        broker.lpush("celery", json.dumps(waiting))

    answer = await async_client.get("/readyz")

    assert answer.status_code == 503
    assert "has waited 1000 s" in answer.json()["checks"]["queues"]


def test_a_task_that_is_queued_carries_the_time(settings: Any) -> None:
    app.conf.broker_url = settings.REDIS_URL
    app.send_task("conversations.tasks.rescue_replies", queue="local_model")

    with queues.client() as broker:
        age_s = queues.oldest_age_s(broker, "local_model")

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
async def test_a_tier_that_names_no_engine_makes_it_unready(async_client: AsyncClient, settings: Any) -> None:
    settings.TIERS = {"large": ["nobody"], "small": []}

    answer = await async_client.get("/readyz")

    assert "nobody" in answer.json()["checks"]["engines"]
