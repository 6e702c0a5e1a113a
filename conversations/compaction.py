"""Where a prompt begins to be told word for word: at the same message while the provider's prefix cache is warm.

A provider charges a tenth for a prefix that it saw minutes ago, byte for byte. So while a conversation is
hot its prompts stand on one summary and one first message, an epoch, and only grow at their end. When it has
cooled down, or the tail has outgrown its budget, the next prompt begins a new epoch on the newest summary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from assistant.usage import pricing
from conversations import summaries
from conversations.ledger import Ledger
from conversations.models import Conversation, Message
from conversations.summaries import Summary

NOTHING_FOLDED = 0
WARM_PROMPTS = 3  # so many more are expected before a conversation cools down, when an epoch is laid out
NEARLY_FREE = 4  # cached input for a quarter of the price, or less

NO_FACTS = Ledger()

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Epoch:
    """The summary that a prompt stands on, the first message told after it, and all the facts known by now."""

    summary: Summary | None = None
    first_seq: int = 0
    ledger: Ledger = NO_FACTS

    def tail(self, history: Sequence[Message]) -> tuple[Message, ...]:
        """What is told word for word: all from the first message on, never fewer than RECENT_MESSAGES."""
        newest = len(history) - settings.RECENT_MESSAGES
        return tuple(said for place, said in enumerate(history) if place >= newest or said.seq >= self.first_seq)


def epoch(
    conversation: Conversation, history: Sequence[Message], count: Count, *, fixed_tokens: int = 0, most_tokens: int = 0
) -> Epoch:
    """The epoch of this prompt, remembered for as long as a prefix cache lives.

    `history` is what was said before the question, oldest first; `fixed_tokens` is what stands before the
    summary; `most_tokens` bounds the tail beside the setting (0: it does not). The memory is a Redis key that
    expires with the provider's cache (PREFIX_CACHE_TTL_S): losing it only means a new epoch.
    """
    key = f"epoch:{conversation.id}"
    newest, corrected = summaries.standing(conversation)
    most = min(tail_budget_tokens(), most_tokens or tail_budget_tokens())
    chosen = _kept(cache.get(key), conversation, newest, corrected)
    if chosen is None or not _holds(chosen, history, most, count):
        chosen = _begun(newest, history, fixed_tokens, most, count)
    version = chosen.summary.version if chosen.summary else NOTHING_FOLDED
    cache.set(key, (version, chosen.first_seq), settings.PREFIX_CACHE_TTL_S)
    return chosen


def tail_budget_tokens() -> int:
    """How long the tail may grow while hot: far where cached input is nearly free, little where all is paid in full."""
    return settings.TAIL_CACHED_MAX_TOKENS if _cached_share() else settings.TAIL_MAX_TOKENS


def _cached_share() -> float:
    """What cached input of the large model costs against fresh input; 0 where that is unknown, or no bargain."""
    price = pricing.price_of(settings.LARGE_MODEL)
    if price is None or not price.input_usd or price.cached_input_usd * NEARLY_FREE > price.input_usd:
        return 0.0
    return float(price.cached_input_usd / price.input_usd)


def _kept(
    remembered: tuple[int, int] | None, conversation: Conversation, newest: Summary | None, corrected: int
) -> Epoch | None:
    """The epoch that the prompt before this one had; None where there is none, or staff have corrected its summary."""
    if remembered is None:
        return None
    version, first_seq = remembered
    ledger = newest.ledger if newest else NO_FACTS
    if newest is None or version == newest.version:
        return Epoch(newest, first_seq, ledger) if first_seq > conversation.context_from_seq else None
    if corrected > version:
        return None
    told = None if version == NOTHING_FOLDED else summaries.of_version(conversation.pk, version)
    return Epoch(told, first_seq, ledger)


def _holds(chosen: Epoch, history: Sequence[Message], most_tokens: int, count: Count) -> bool:
    """Whether its tail still fits, and nothing is missing between the summary and the tail."""
    told_upto = chosen.summary.upto_seq if chosen.summary else 0
    gap = bool(history) and history[0].seq > max(chosen.first_seq, told_upto + 1)
    return not gap and _total(chosen.tail(history), count) <= most_tokens


def _begun(
    newest: Summary | None, history: Sequence[Message], fixed_tokens: int, most_tokens: int, count: Count
) -> Epoch:
    """A new epoch: the newest summary and what was said since.

    Where a provider caches long prefixes only and bills them at a fraction, the tail begins earlier, so that the
    next prompts find theirs cached: a longer prompt is then the cheaper one.
    """
    since = newest.upto_seq if newest else 0
    first = next((place for place, said in enumerate(history) if said.seq > since), len(history))
    first = max(0, min(first, len(history) - settings.RECENT_MESSAGES))
    prefix = fixed_tokens + (newest.tokens if newest else 0) + _total(history[first:], count)
    least = settings.PREFIX_CACHE_LEAST_TOKENS
    if newest and prefix < least and _cheaper_when_longer(prefix, least):
        while first > 0 and prefix < least:
            first -= 1
            prefix += count(history[first].text)
    first_seq = history[first].seq if first < len(history) else since + 1
    return Epoch(newest, first_seq, newest.ledger if newest else NO_FACTS)


def _cheaper_when_longer(prefix_tokens: int, least_tokens: int) -> bool:
    """Once in full and then cached, against in full every time."""
    share = _cached_share()
    return share > 0 and least_tokens * (1 + share * WARM_PROMPTS) <= prefix_tokens * (1 + WARM_PROMPTS)


def _total(messages: Sequence[Message], count: Count) -> int:
    return sum(count(message.text) for message in messages)
