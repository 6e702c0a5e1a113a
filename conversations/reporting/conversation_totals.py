"""The cost of a conversation, summed over the receipts of its replies."""

from collections import Counter
from decimal import Decimal
from typing import Any

from conversations.models import Conversation, Message

NOTHING = Decimal("0.000000")


def total_of(conversation: Conversation) -> dict[str, Any]:
    """Return the receipts of all replies, oldest first, with their sums. Money is in US dollars, as strings."""
    replies = conversation.messages.filter(role=Message.Role.ASSISTANT).exclude(receipt=None).order_by("seq")
    receipts = [{"message_id": reply.pk, "seq": reply.seq, "receipt": reply.receipt} for reply in replies]
    kept = [reply.receipt for reply in replies]
    causes = sorted({cause for receipt in kept for cause in receipt.get("saved_usd", {})})
    return {
        "replies": len(kept),
        "sources": dict(Counter(str(receipt.get("source")) for receipt in kept)),
        "tokens": _tokens(kept),
        "cost_usd": _sum(receipt.get("cost_usd") for receipt in kept),
        "would_have_cost_usd": _known_sum(receipt.get("would_have_cost_usd") for receipt in kept),
        "saved_usd": {cause: _known_sum(receipt["saved_usd"].get(cause) for receipt in kept) for cause in causes},
        "receipts": receipts,
    }


def _tokens(receipts: list[dict[str, Any]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for receipt in receipts:
        counted.update(receipt.get("tokens", {}))
    return dict(counted)


def _sum(amounts: Any) -> str:
    return str(sum((Decimal(amount) for amount in amounts if amount), NOTHING))


def _known_sum(amounts: Any) -> str | None:
    """Return the sum of the known amounts; None if there are replies but no known amount."""
    values = list(amounts)
    return None if values and all(amount is None for amount in values) else _sum(values)
