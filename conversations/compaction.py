"""Which summary a prompt stands on: the same one while the provider's prefix cache is warm.

A provider charges a tenth for a prefix that it saw minutes ago, byte for byte. So while a conversation
is hot the prompt only grows at its end; when it has cooled down, or the tail has outgrown its budget,
it moves to the newest summary, which then costs nothing extra.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.cache import cache

from assistant.usage import pricing
from conversations import summaries
from conversations.models import Conversation, ConversationSummary, Message
from conversations.summaries import Summary

NOTHING_FOLDED = 0


def epoch(conversation: Conversation, history: Sequence[Message], count: Callable[[str], int]) -> Summary | None:
    """The summary to use for this prompt; None for none. Remembers it for as long as a prefix cache lives.

    `history` is what was said before the question, oldest first. The memory is a Redis key that
    expires with the provider's cache (PREFIX_CACHE_TTL_S): losing it only means the newest summary.
    """
    key = f"epoch:{conversation.id}"
    newest = summaries.text_for(conversation)
    version = cache.get(key)
    if newest is not None and version is not None and version < newest.version:
        chosen = _kept(conversation, version) if version else None
        if not _fits(history, chosen, count):
            chosen = newest
    else:
        chosen = newest
    cache.set(key, chosen.version if chosen else NOTHING_FOLDED, settings.PREFIX_CACHE_TTL_S)
    return chosen


def tail(history: Sequence[Message], summary: Summary | None) -> tuple[Message, ...]:
    """What is told word for word: everything since the summary, and never fewer than RECENT_MESSAGES."""
    since = summary.upto_seq if summary else 0
    first = len(history) - settings.RECENT_MESSAGES
    return tuple(message for place, message in enumerate(history) if place >= first or message.seq > since)


def _kept(conversation: Conversation, version: int) -> Summary | None:
    row = ConversationSummary.objects.filter(conversation=conversation, version=version).first()
    return summaries.as_told(row) if row else None


def _fits(history: Sequence[Message], summary: Summary | None, count: Callable[[str], int]) -> bool:
    return sum(count(message.text) for message in tail(history, summary)) <= tail_budget_tokens()


def tail_budget_tokens() -> int:
    """How long the tail may grow while hot: far where cached input is nearly free, little where all is paid in full."""
    price = pricing.price_of(settings.LARGE_MODEL)
    nearly_free = price is not None and price.cached_input_usd * 4 <= price.input_usd
    return settings.TAIL_CACHED_MAX_TOKENS if nearly_free else settings.TAIL_MAX_TOKENS
