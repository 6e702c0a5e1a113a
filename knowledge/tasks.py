"""What the clock does to articles: publish what is due, take down what has expired."""

import logging

from celery import shared_task

from assistant.engines.base import EngineUnavailable
from assistant.errors import Conflict
from knowledge import approximate, publishing
from knowledge.models import Article

log = logging.getLogger(__name__)


@shared_task(expires=60)
def keep_to_the_calendar() -> None:
    """Publish articles whose hour has come and archive those whose time is over. Safe to run twice."""
    for article in Article.objects.due_to_publish():
        try:
            publishing.publish(article)
        except (Conflict, EngineUnavailable) as error:
            log.warning("%s is due and was not published: %s", article, error)
    for article in Article.objects.expired():
        publishing.archive(article)


@shared_task(expires=3600, time_limit=3600, soft_time_limit=3500)
def keep_large_indexes() -> None:
    """Once an hour. Building one may take minutes; nothing waits for it."""
    approximate.keep_in_step()
