"""Periodic tasks: publish due articles, unpublish expired ones, maintain indexes and vectors.

A task may take longer than its interval; a run exits at once if another worker is still running it.
"""

import logging
from contextlib import suppress

from celery import shared_task

from assistant.errors import Conflict, NotFound
from assistant.llm.engines.base import EngineUnavailable
from assistant.postgres.advisory_locks import hold_if_free
from knowledge.articles import publishing
from knowledge.indexing import hnsw, reembedding
from knowledge.models import Article

log = logging.getLogger(__name__)
RENEW_S = 30.0  # of each minute, so that one worker has time for other work during a large re-embedding


@shared_task(expires=60)
def keep_to_the_calendar() -> None:
    """Publish articles whose scheduled time has come, and archive expired ones."""
    with hold_if_free("knowledge.calendar") as is_ours:
        if is_ours:
            _publish_and_archive()


def _publish_and_archive() -> None:
    for article in Article.objects.due_to_publish():
        try:
            publishing.publish_if_due(article)
        except (Conflict, NotFound, EngineUnavailable) as error:
            log.warning("Could not publish %s, which is due: %s", article, error)
    for article in Article.objects.expired():
        with suppress(NotFound):
            publishing.archive_if_expired(article)


# Acknowledged early: the broker redelivers tasks that are not acknowledged within its visibility timeout.
@shared_task(acks_late=False, expires=3600, time_limit=3600, soft_time_limit=3500)
def keep_large_indexes() -> None:
    """Runs once an hour. Building an index may take minutes; nothing waits for it."""
    with hold_if_free("knowledge.indexes") as is_ours:
        if is_ours:
            hnsw.keep_in_step()


@shared_task(expires=60)
def keep_vectors() -> None:
    """Runs once a minute, usually without anything to do."""
    with hold_if_free("knowledge.vectors") as is_ours:
        if is_ours:
            _renew()


def _renew() -> None:
    try:
        reembedding.renew_articles(RENEW_S)
        reembedding.renew_gaps()
    except EngineUnavailable as error:
        log.warning("Could not update vectors: %s", error)
