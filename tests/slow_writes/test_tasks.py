"""Tasks that run longer than the broker's time-out or their schedule (row B14)."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from assistant import celery_app
from assistant.postgres.advisory_locks import hold_if_free
from assistant.workspaces.models import Workspace
from knowledge import tasks
from knowledge.articles import publishing
from knowledge.imports import worker
from knowledge.imports.models import Import
from knowledge.indexing import hnsw
from knowledge.models import Article, Chunk
from knowledge.search.weights import labels
from knowledge.search.weights import tasks as learning_tasks
from knowledge.search.weights.models import LabelledQuestion, LegWeights
from tests.knowledge.imports.test_jobs import rows
from tests.slow_writes.held_server import HeldServer
from tests.slow_writes.interleaving import Beside, held_at, session, transaction_beside, until, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)
celery_app.loader.import_default_modules()  # all tasks, as a worker knows them
VISIBILITY_S = django_settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
OURS = sorted(
    name
    for name in celery_app.tasks
    if name.partition(".")[0] in ("assistant", "caching", "knowledge", "conversations")
)


# --- what the broker is told ---


@pytest.mark.parametrize("name", OURS)
def test_no_task_is_handed_out_again_while_it_runs(name: str) -> None:
    """B14: it ends, or is acknowledged, before the broker gives it to another worker."""
    task = celery_app.tasks[name]
    limit_s = task.time_limit or django_settings.CELERY_TASK_TIME_LIMIT
    acks_late = django_settings.CELERY_TASK_ACKS_LATE if task.acks_late is None else task.acks_late

    assert not acks_late or limit_s < VISIBILITY_S
    assert (task.soft_time_limit or django_settings.CELERY_TASK_SOFT_TIME_LIMIT) < limit_s


@pytest.mark.parametrize("name", [name for name in OURS if getattr(celery_app.tasks[name], "autoretry_for", ())])
def test_no_task_that_waits_for_its_next_try_is_handed_out_twice(name: str) -> None:
    """B14: a worker holds it while it waits, so it waits for less than the broker does."""
    task = celery_app.tasks[name]
    longest_s = min(task.retry_backoff * 2 ** (task.max_retries - 1), getattr(task, "retry_backoff_max", 600))

    assert longest_s < VISIBILITY_S


def test_the_lease_of_an_import_outlasts_its_task() -> None:
    """B14."""
    assert django_settings.IMPORT_LEASE_S > django_settings.CELERY_TASK_TIME_LIMIT


# --- one at a time ---


def test_a_name_is_held_by_one_at_a_time_and_let_go_with_its_session() -> None:
    """B14."""
    with hold_if_free("some work") as first, hold_if_free("some work") as second, hold_if_free("other work") as other:
        assert (first, second, other) == (True, False, True)
    with hold_if_free("some work") as again:
        assert again


@pytest.fixture
def large(shop: dict[str, Article], workspace: Workspace, settings: Any) -> Any:
    """A workspace that is to have an index."""
    settings.SEARCH_EXACT_MAX_CHUNKS = 2
    yield workspace
    for name in hnsw.indexes():
        hnsw.drop(name)


def building() -> int:
    with session() as looking:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND state = 'active'"
        )
        (count,) = looking.execute(query).fetchone() or (0,)
        return int(count)


def a_customer_s_transaction() -> Any:
    """An index build waits for it, however short the build itself is."""
    return transaction_beside("UPDATE knowledge_chunk SET tokens = tokens")


def test_an_index_is_built_by_one_worker_and_the_second_does_nothing(large: Workspace) -> None:
    """B14: the task is delivered again while it runs."""
    with a_customer_s_transaction():
        first = Beside(tasks.keep_large_indexes)
        until_waiting("CREATE INDEX")
        tasks.keep_large_indexes()
        assert building() == 1
    first.result()

    assert hnsw.is_built(large.pk)


def test_a_build_that_is_under_way_is_not_taken_for_what_a_killed_one_left(large: Workspace) -> None:
    """B14: its worker may be dead, Postgres goes on."""
    with a_customer_s_transaction():
        first = Beside(hnsw.keep_in_step)
        until_waiting("CREATE INDEX")
        hnsw.keep_in_step()
        assert hnsw.indexes() == {hnsw.name_for(large.pk): False}
    first.result()

    assert hnsw.is_built(large.pk)


def test_the_time_limits_of_requests_do_not_end_a_build(large: Workspace) -> None:
    """B14: 60 s for a statement and 5 s for a lock are for customers' requests; here they are shorter still."""

    def build() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1ms'")
        try:
            hnsw.keep_in_step()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    with a_customer_s_transaction():
        run = Beside(build)
        until_waiting("CREATE INDEX")
    run.result()

    assert hnsw.is_built(large.pk)


def test_a_build_that_was_ended_is_made_again_by_the_next_run(large: Workspace, settings: Any) -> None:
    """B14: it has limits of its own, and what it leaves is dropped."""
    settings.SEARCH_INDEX_WAIT_LIMIT_S = 0.05
    with a_customer_s_transaction():
        tasks.keep_large_indexes()
        assert hnsw.indexes() == {hnsw.name_for(large.pk): False}
    settings.SEARCH_INDEX_WAIT_LIMIT_S = 60.0

    tasks.keep_large_indexes()

    assert hnsw.indexes() == {hnsw.name_for(large.pk): True}


def test_weights_are_learned_by_one_worker_at_a_time(
    write: Any, workspace: Workspace, held_embedder: HeldServer, settings: Any
) -> None:
    """B14."""
    settings.SEARCH_LABELS_MIN = 1
    article = write("a", "Shipping", "Parcels cost €4.90.")
    labels.add(article, "How much is a parcel?", source=LabelledQuestion.Source.STAFF)
    held_embedder.hold()
    first = Beside(lambda: learning_tasks.learn_weights(str(workspace.pk)))
    held_embedder.until_asked()

    second = Beside(lambda: learning_tasks.learn_weights(str(workspace.pk)))
    second.result()
    assert not LegWeights.objects.exists()

    held_embedder.release()
    first.result()
    assert LegWeights.objects.get().labels == 1


def test_vectors_are_renewed_by_one_worker_at_a_time(write: Any, held_embedder: HeldServer) -> None:
    """B14: the next minute's run does not embed the same article again."""
    write("a", "Shipping", "Parcels cost €4.90.")
    Chunk.objects.update(embedder="another/1")
    held_embedder.hold()
    first = Beside(tasks.keep_vectors)
    held_embedder.until_asked()
    asked = held_embedder.asked

    Beside(tasks.keep_vectors).result()
    assert held_embedder.asked == asked

    held_embedder.release()
    first.result()


def test_what_is_due_is_published_by_one_worker_at_a_time(workspace: Workspace, held_embedder: HeldServer) -> None:
    """B14."""
    draft = publishing.save_draft(workspace, title="Shipping", body="Parcels cost €4.90.")
    Article.objects.update(publish_at=timezone.now() - timedelta(minutes=1))
    held_embedder.hold()
    first = Beside(tasks.keep_to_the_calendar)
    held_embedder.until_asked()

    Beside(tasks.keep_to_the_calendar).result()

    held_embedder.release()
    first.result()
    draft.refresh_from_db()
    assert draft.status == "published"


# --- imports ---


def test_a_worker_that_lost_its_import_writes_nothing_more(workspace: Workspace, settings: Any) -> None:
    """B14: it was suspended for longer than its lease, and another one went on."""
    settings.IMPORT_LEASE_S = 0.0
    ordered = Import.objects.create(workspace=workspace, name="hours.jsonl", content=rows(2), publish=True)
    slow = Import.objects.get()

    with held_at("knowledge_article", "INSERT"):
        suspended = Beside(lambda: worker.carry_on(slow))
        until_waiting("knowledge_article")
        settings.IMPORT_LEASE_S = 180.0
        other = Import.objects.get()
        until(lambda: other.claim(), "the lease has run out")
        other.keep(report={"added": ["by the other"]})

    assert suspended.result() is False
    ordered.refresh_from_db()
    assert (ordered.status, ordered.report) == ("running", {"added": ["by the other"]})
    assert ordered.content is not None


def test_an_import_that_is_deleted_while_it_runs_ends(workspace: Workspace) -> None:
    """B14: and its worker does not fail."""
    Import.objects.create(workspace=workspace, name="hours.jsonl", content=rows(2))
    ordered = Import.objects.get()

    with held_at("knowledge_article", "INSERT"):
        running_it = Beside(lambda: worker.carry_on(ordered))
        until_waiting("knowledge_article")
        Import.objects.all().delete()

    assert running_it.result() is False
