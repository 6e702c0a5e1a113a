"""What the clock does to articles: publish what is due, take down what has expired, keep indexes and vectors."""

import logging
from contextlib import suppress

from celery import shared_task

from assistant.engines.base import EngineUnavailable
from assistant.errors import Conflict, NotFound
from knowledge import approximate, publishing, renewing
from knowledge.models import Article

log = logging.getLogger(__name__)
RENEW_S = 30.0  # of each minute, so that one worker has time for others while a large knowledge base is embedded anew


@shared_task(expires=60)
def keep_to_the_calendar() -> None:
    """Publish articles whose hour has come and archive those whose time is over. Safe to run twice."""
    for article in Article.objects.due_to_publish():
        try:
            publishing.publish_if_due(article)
        except (Conflict, NotFound, EngineUnavailable) as error:
            log.warning("%s is due and was not published: %s", article, error)
    for article in Article.objects.expired():
        with suppress(NotFound):
            publishing.archive_if_expired(article)


@shared_task(expires=3600, time_limit=3600, soft_time_limit=3500)
def keep_large_indexes() -> None:
    """Once an hour. Building one may take minutes; nothing waits for it."""
    approximate.keep_in_step()


@shared_task(expires=60)
def keep_vectors() -> None:
    """Once a minute, and seldom with anything to do."""
    try:
        renewing.renew_articles(RENEW_S)
        renewing.renew_gaps()
    except EngineUnavailable as error:
        log.warning("vectors are not kept up: %s", error)
