"""Choose the first message of a prompt, and keep it while the provider's prefix cache is warm.

Providers charge less for a prefix that they saw minutes ago, byte for byte. So during an active conversation, prompts
share one summary and one first message, an epoch, and only grow at the end, until a new epoch costs no more at once.
When the cache is cold or the recent messages exceed their budget, the next prompt begins a new epoch: the cheapest for
it and for the prompts expected soon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from assistant.llm import registry
from assistant.usage import pricing
from conversations.context import summaries
from conversations.context.fact_ledger import Ledger
from conversations.context.summaries import Summary
from conversations.messaging.file_words import with_files
from conversations.models import Conversation, Message

NOTHING_FOLDED = 0
WARM_PROMPTS = 3  # prompts expected before the cache gets cold, when choosing an epoch

NO_FACTS = Ledger()

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Epoch:
    """The summary of a prompt, the first verbatim message after it, and all known facts."""

    summary: Summary | None = None
    first_seq: int = 0
    ledger: Ledger = NO_FACTS

    def tail(self, history: Sequence[Message]) -> tuple[Message, ...]:
        """Return the verbatim messages: from the first one on, at least RECENT_MESSAGES."""
        newest = len(history) - settings.RECENT_MESSAGES
        return tuple(
            message for place, message in enumerate(history) if place >= newest or message.seq >= self.first_seq
        )

    def told_tokens(self, history: Sequence[Message], count: Count) -> int:
        return (self.summary.tokens if self.summary else 0) + _total(self.tail(history), count)


@dataclass(frozen=True, slots=True)
class Bill:
    """Cost of prompts in tokens of uncached input, where cached ones cost a `share`.

    Questions and passages are in all prompts and are left out. Older messages are recalled only in addition to a
    summary.
    """

    share: float
    fixed_tokens: int

    def cold(self, told_tokens: int, *, remembers: bool) -> float:
        return self.fixed_tokens + told_tokens + remembers * settings.MEMORY_MAX_TOKENS

    def warm(self, told_tokens: int, *, remembers: bool) -> float:
        return self.share * (self.fixed_tokens + told_tokens) + remembers * settings.MEMORY_MAX_TOKENS

    def soon(self, told_tokens: int, growth_tokens: int, *, remembers: bool) -> float:
        """Return the cost of a first, uncached prompt and of the expected ones, each with one more exchange."""
        cost = self.cold(told_tokens, remembers=remembers)
        for _ in range(WARM_PROMPTS):
            cached = self.fixed_tokens + told_tokens
            told_tokens += growth_tokens
            cost += self.cold(told_tokens, remembers=remembers)
            cost -= (1 - self.share) * cached if cached >= settings.PREFIX_CACHE_MIN_TOKENS else 0
        return cost


def epoch(
    conversation: Conversation,
    history: Sequence[Message],
    count: Count,
    *,
    fixed_tokens: int = 0,
    most_tokens: int = 0,
    is_kept: bool = True,
) -> Epoch:
    """Return the epoch of this prompt, stored for the lifetime of a prefix cache.

    `history` are the messages before the question, oldest first; `fixed_tokens` the size of what precedes the summary;
    `most_tokens` an additional limit of the verbatim messages (0: none). The epoch is stored in a Redis key that
    expires with the provider's cache (PREFIX_CACHE_TTL_S): losing it only starts a new epoch. One that is not kept, of
    a prompt for a model with less room, leaves the stored one as it is.
    """
    if not history:  # so there is no summary either
        return Epoch(first_seq=conversation.context_from_seq + 1)
    key = epoch_key(conversation.id)
    newest, corrected = summaries.current(conversation)
    bill = Bill(cached_share(conversation.workspace_id), fixed_tokens)
    longest = tail_budget_tokens(conversation.workspace_id)
    most = min(longest, most_tokens or longest)
    chosen = _still_valid(_previous(key), conversation, newest, corrected)
    fresh = _shortest(newest, history)
    if bill.share and newest:
        whole = not corrected and history[0].seq <= conversation.context_from_seq + 1
        fresh = _cheapest(fresh, newest, history, bill, whole=whole, most_tokens=most, count=count)
    if chosen is None or not _holds(chosen, history, most, count) or _is_outgrown(chosen, fresh, history, bill, count):
        chosen = fresh
    version = chosen.summary.version if chosen.summary else NOTHING_FOLDED
    if not is_kept:
        return chosen
    with suppress(RedisError, OSError):
        cache.set(key, (version, chosen.first_seq), settings.PREFIX_CACHE_TTL_S)
    return chosen


def epoch_key(conversation_id: UUID) -> str:
    """Return a digest: the key may be written during an erasure, and must not identify the conversation."""
    return f"epoch:{sha256(conversation_id.bytes).hexdigest()}"


def _previous(key: str) -> tuple[int, int] | None:
    """Return the epoch of the previous prompt; None also without Redis, which only starts a new epoch."""
    try:
        stored: tuple[int, int] | None = cache.get(key)
    except (RedisError, OSError):
        return None
    return stored


def tail_budget_tokens(workspace_id: UUID | None = None) -> int:
    """Return the budget of verbatim messages while warm: large if cached input costs less, small otherwise."""
    cached = cached_share(workspace_id)
    return settings.RECENT_HISTORY_CACHED_MAX_TOKENS if cached else settings.RECENT_HISTORY_MAX_TOKENS


def cached_share(workspace_id: UUID | None = None) -> float:
    """Return the price of the large model's cached input relative to uncached; 0 if unknown or not cheaper."""
    price = pricing.price_of(registry.price_name("large", workspace_id))
    if price is None or price.cached_input_usd >= price.input_usd:
        return 0.0
    return float(price.cached_input_usd / price.input_usd)


def _still_valid(
    remembered: tuple[int, int] | None, conversation: Conversation, newest: Summary | None, corrected: int
) -> Epoch | None:
    """Return the epoch of the previous prompt; None without one, or if staff have corrected its summary since."""
    if remembered is None:
        return None
    version, first_seq = remembered
    ledger = newest.ledger if newest else NO_FACTS
    if newest is None or version == newest.version:
        return Epoch(newest, first_seq, ledger) if first_seq > conversation.context_from_seq else None
    if corrected > version:
        return None
    summary = None if version == NOTHING_FOLDED else summaries.of_version(conversation.pk, version)
    return Epoch(summary, first_seq, ledger)


def _holds(chosen: Epoch, history: Sequence[Message], most_tokens: int, count: Count) -> bool:
    """Return whether the epoch still fits, without a gap between the summary and the messages."""
    told_upto = chosen.summary.upto_seq if chosen.summary else 0
    gap = history[0].seq > max(chosen.first_seq, told_upto + 1)
    return not gap and _total(chosen.tail(history), count) <= most_tokens


def _shortest(newest: Summary | None, history: Sequence[Message]) -> Epoch:
    """Return the shortest new epoch: the newest summary and the messages since."""
    since = newest.upto_seq if newest else 0
    first = next((place for place, message in enumerate(history) if message.seq > since), len(history))
    first = max(0, min(first, len(history) - settings.RECENT_MESSAGES))
    first_seq = history[first].seq if first < len(history) else since + 1
    return Epoch(newest, first_seq, newest.ledger if newest else NO_FACTS)


def _cheapest(
    fresh: Epoch,
    newest: Summary,
    history: Sequence[Message],
    bill: Bill,
    *,
    whole: bool,
    most_tokens: int,
    count: Count,
) -> Epoch:
    """Return the cheapest of this epoch, longer ones, and the `whole` conversation without a summary.

    A longer prompt may be cheaper: providers cache only long prefixes.
    """
    # For the last 0, 1, 2 ... messages.
    tails = [0, *accumulate(count(with_files(message)) for message in reversed(history))]
    shortest = len(fresh.tail(history))
    fitting = [length for length in range(shortest, len(tails)) if length == shortest or tails[length] <= most_tokens]
    growth = _growth_tokens(history, count)
    cost, length = min((bill.soon(newest.tokens + tails[length], growth, remembers=True), length) for length in fitting)
    if whole and tails[-1] <= most_tokens and bill.soon(tails[-1], growth, remembers=False) <= cost:
        return replace(fresh, summary=None, first_seq=history[0].seq)
    return fresh if length == shortest else replace(fresh, first_seq=history[-length].seq)


def _is_outgrown(chosen: Epoch, fresh: Epoch, history: Sequence[Message], bill: Bill, count: Count) -> bool:
    """Return whether to start a new epoch although the current one is warm.

    The whole conversation is sent until an epoch with a summary costs no more at once, so it never costs more than
    sending the whole from the cache. A summary is replaced when the extra cost of the longer messages has reached the
    cost of the replacement.
    """
    if not bill.share:
        return False
    current_tokens, fresh_tokens = chosen.told_tokens(history, count), fresh.told_tokens(history, count)
    cold = bill.cold(fresh_tokens, remembers=bool(fresh.summary))
    if chosen.summary is None:
        return bill.warm(current_tokens, remembers=False) >= cold
    longer, growth = max(current_tokens - fresh_tokens, 0), max(_growth_tokens(history, count), 1)
    return bill.share * longer**2 / (2 * growth) >= cold - bill.warm(fresh_tokens, remembers=True)


def _growth_tokens(history: Sequence[Message], count: Count) -> int:
    """Return the average size of an exchange so far."""
    return 2 * _total(history, count) // max(len(history), 1)


def _total(messages: Sequence[Message], count: Count) -> int:
    return sum(count(with_files(message)) for message in messages)
