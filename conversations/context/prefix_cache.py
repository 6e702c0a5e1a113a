"""Choose the first message of a prompt, and keep it while the provider's prefix cache is warm.

A provider charges a part of the price for a prefix that it saw minutes ago, byte for byte. So while a conversation
is hot its prompts stand on one summary and one first message, an epoch, and only grow at their end, until a new one
costs no more at once. When the conversation has cooled down, or the tail has outgrown its budget, the next prompt
begins a new epoch: the one that is cheapest for it and for the prompts expected soon after.
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
from conversations.messaging.file_reading import with_files
from conversations.models import Conversation, Message

NOTHING_FOLDED = 0
WARM_PROMPTS = 3  # so many more are expected before a conversation cools down, when an epoch is laid out

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

    def told_tokens(self, history: Sequence[Message], count: Count) -> int:
        return (self.summary.tokens if self.summary else 0) + _total(self.tail(history), count)


@dataclass(frozen=True, slots=True)
class Bill:
    """What prompts cost, in tokens of fresh input, where cached ones cost a `share` of it.

    Questions and passages are in all of them and are left out. Only beside a summary older messages are recalled.
    """

    share: float
    fixed_tokens: int

    def cold(self, told_tokens: int, *, remembers: bool) -> float:
        return self.fixed_tokens + told_tokens + remembers * settings.MEMORY_MAX_TOKENS

    def warm(self, told_tokens: int, *, remembers: bool) -> float:
        return self.share * (self.fixed_tokens + told_tokens) + remembers * settings.MEMORY_MAX_TOKENS

    def soon(self, told_tokens: int, growth_tokens: int, *, remembers: bool) -> float:
        """A first prompt, cold, and those expected after it, each with an exchange more and the one before cached."""
        cost = self.cold(told_tokens, remembers=remembers)
        for _ in range(WARM_PROMPTS):
            cached = self.fixed_tokens + told_tokens
            told_tokens += growth_tokens
            cost += self.cold(told_tokens, remembers=remembers)
            cost -= (1 - self.share) * cached if cached >= settings.PREFIX_CACHE_MIN_TOKENS else 0
        return cost


def epoch(
    conversation: Conversation, history: Sequence[Message], count: Count, *, fixed_tokens: int = 0, most_tokens: int = 0
) -> Epoch:
    """The epoch of this prompt, remembered for as long as a prefix cache lives.

    `history` is what was said before the question, oldest first; `fixed_tokens` is what stands before the
    summary; `most_tokens` bounds the tail beside the setting (0: it does not). The memory is a Redis key that
    expires with the provider's cache (PREFIX_CACHE_TTL_S): losing it only means a new epoch.
    """
    if not history:  # so nothing is folded either
        return Epoch(first_seq=conversation.context_from_seq + 1)
    key = epoch_key(conversation.id)
    newest, corrected = summaries.standing(conversation)
    bill = Bill(cached_share(conversation.workspace_id), fixed_tokens)
    longest = tail_budget_tokens(conversation.workspace_id)
    most = min(longest, most_tokens or longest)
    chosen = _kept(_remembered(key), conversation, newest, corrected)
    begun = _begun(newest, history)
    if bill.share and newest:
        whole = not corrected and history[0].seq <= conversation.context_from_seq + 1
        begun = _cheapest(begun, newest, history, bill, whole=whole, most_tokens=most, count=count)
    if chosen is None or not _holds(chosen, history, most, count) or _outgrown(chosen, begun, history, bill, count):
        chosen = begun
    version = chosen.summary.version if chosen.summary else NOTHING_FOLDED
    with suppress(RedisError, OSError):
        cache.set(key, (version, chosen.first_seq), settings.PREFIX_CACHE_TTL_S)
    return chosen


def epoch_key(conversation_id: UUID) -> str:
    """A digest: it may be written while the conversation is erased, and must not say which one it was."""
    return f"epoch:{sha256(conversation_id.bytes).hexdigest()}"


def _remembered(key: str) -> tuple[int, int] | None:
    """What the prompt before this one left; None also where Redis is away, which only means a new epoch."""
    try:
        found: tuple[int, int] | None = cache.get(key)
    except (RedisError, OSError):
        return None
    return found


def tail_budget_tokens(workspace_id: UUID | None = None) -> int:
    """How long the tail may grow while hot: far where cached input costs less, little where all is paid in full."""
    cached = cached_share(workspace_id)
    return settings.RECENT_HISTORY_CACHED_MAX_TOKENS if cached else settings.RECENT_HISTORY_MAX_TOKENS


def cached_share(workspace_id: UUID | None = None) -> float:
    """What cached input of the large model costs against fresh input; 0 where that is unknown, or no less."""
    price = pricing.price_of(registry.price_name("large", workspace_id))
    if price is None or price.cached_input_usd >= price.input_usd:
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
    gap = history[0].seq > max(chosen.first_seq, told_upto + 1)
    return not gap and _total(chosen.tail(history), count) <= most_tokens


def _begun(newest: Summary | None, history: Sequence[Message]) -> Epoch:
    """The shortest new epoch: the newest summary and what was said since."""
    since = newest.upto_seq if newest else 0
    first = next((place for place, said in enumerate(history) if said.seq > since), len(history))
    first = max(0, min(first, len(history) - settings.RECENT_MESSAGES))
    first_seq = history[first].seq if first < len(history) else since + 1
    return Epoch(newest, first_seq, newest.ledger if newest else NO_FACTS)


def _cheapest(
    begun: Epoch,
    newest: Summary,
    history: Sequence[Message],
    bill: Bill,
    *,
    whole: bool,
    most_tokens: int,
    count: Count,
) -> Epoch:
    """Of this epoch, those that begin earlier, and the `whole` conversation without a summary, the cheapest.

    A longer prompt may be the cheaper one: providers cache long prefixes only.
    """
    tails = [0, *accumulate(count(with_files(said)) for said in reversed(history))]  # of the last 0, 1, 2 ... messages
    shortest = len(begun.tail(history))
    fitting = [length for length in range(shortest, len(tails)) if length == shortest or tails[length] <= most_tokens]
    growth = _growth_tokens(history, count)
    cost, length = min((bill.soon(newest.tokens + tails[length], growth, remembers=True), length) for length in fitting)
    if whole and tails[-1] <= most_tokens and bill.soon(tails[-1], growth, remembers=False) <= cost:
        return replace(begun, summary=None, first_seq=history[0].seq)
    return begun if length == shortest else replace(begun, first_seq=history[-length].seq)


def _outgrown(chosen: Epoch, begun: Epoch, history: Sequence[Message], bill: Bill, count: Count) -> bool:
    """Whether it is time to begin anew, though the old epoch is warm.

    The whole conversation is told until an epoch with a summary costs no more at once: so it never costs more than
    the whole from the cache. One summary follows another when telling the longer tail has cost what that costs.
    """
    if not bill.share:
        return False
    told, anew = chosen.told_tokens(history, count), begun.told_tokens(history, count)
    cold = bill.cold(anew, remembers=bool(begun.summary))
    if chosen.summary is None:
        return bill.warm(told, remembers=False) >= cold
    longer, growth = max(told - anew, 0), max(_growth_tokens(history, count), 1)
    return bill.share * longer**2 / (2 * growth) >= cold - bill.warm(anew, remembers=True)


def _growth_tokens(history: Sequence[Message], count: Count) -> int:
    """Of a question with its answer, as they were so far."""
    return 2 * _total(history, count) // max(len(history), 1)


def _total(messages: Sequence[Message], count: Count) -> int:
    return sum(count(with_files(message)) for message in messages)
