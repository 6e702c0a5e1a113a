"""Background tasks. Each takes an id, checks whether the work is already done, and calls one function."""

from celery import shared_task
from django.conf import settings
from django.db import transaction

from assistant.llm.engines.base import EngineUnavailable
from conversations.context import memory, summaries
from conversations.events import relay
from conversations.messaging import attachments
from conversations.models import Message
from conversations.reporting import article_suggestions, article_usage


@shared_task(autoretry_for=(EngineUnavailable,), retry_backoff=5, max_retries=3)
def summarise_up_to(message_id: str) -> None:
    """Add a conversation's messages up to this one to its summary, and index them for semantic search.

    Safe to run twice, or late: a summary that already includes the message is not changed.
    """
    message = Message.objects.select_related("conversation__workspace").filter(pk=message_id).first()
    if message is not None:  # None if it was erased
        summaries.fold_in(message.conversation, upto=message)
        memory.index(message.conversation, upto=message)


def summarise_later(reply: Message) -> None:
    """Summarise the messages before the recent ones after the commit. If the task is lost, the next one covers it."""
    if reply.seq <= settings.RECENT_MESSAGES:
        return
    older = Message.objects.for_assistant().before(reply).order_by("-seq")[settings.RECENT_MESSAGES :].first()
    if older is not None:
        transaction.on_commit(lambda: summarise_up_to.delay(str(older.pk)), robust=True)


@shared_task(ignore_result=True, expires=3600)
def purge_unsent_attachments() -> None:
    """Delete uploaded files that were never sent, and files that an erasure could not delete."""
    attachments.purge_unsent()
    attachments.purge_erased()


@shared_task(ignore_result=True, expires=600)
def suggest_articles() -> None:
    """Suggest articles from people's answers in recently resolved conversations."""
    article_suggestions.suggest_from_resolved()


@shared_task(ignore_result=True, expires=3600)
def count_article_uses() -> None:
    """Count how often articles were used. Runs once an hour."""
    article_usage.count_uses()


@shared_task(ignore_result=True, expires=5)
def relay_events() -> None:
    """Handle events that were not published because their process died or Redis was down."""
    relay.relay_overdue()
