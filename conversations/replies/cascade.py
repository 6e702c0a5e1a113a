"""Ask the small model first, and publish its answer only after every check has passed.

Nothing is published before that, so the customer sees one answer. If a check fails, or the small model is slow, broken
or out of budget, the large model answers as if the small one had not been asked. While a budget is nearly used up, a
quotation does. The call to the small model is still charged and shown on the receipt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from assistant.llm import tiers
from assistant.llm.attempt import OnMetered
from assistant.llm.engines.base import EngineError, Prompt
from assistant.llm.router import BudgetExhausted, Call, ModelCallRecord
from assistant.llm.streaming_json import StreamedText
from conversations.replies import answer_checks
from conversations.replies.answer_checks import Answer, Asked, Failed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of asking the small model. `call` is None if it used no tokens."""

    text: str
    why_not: Failed | None
    call: ModelCallRecord | None
    ms: int

    @classmethod
    def stopped(cls, call: ModelCallRecord) -> Attempt:
        """Return the attempt of a reply that ended during the call; also used until the result is known."""
        return cls("", Failed.STOPPED, call, call.ms_total)

    @property
    def is_accepted(self) -> bool:
        return self.why_not is None

    def as_json(self) -> dict[str, Any]:
        call = self.call
        return {
            "tried": tiers.ANSWERING,
            "accepted": self.is_accepted,
            "why_not": str(self.why_not) if self.why_not else None,
            "engine": call.engine if call else None,
            "model": call.model if call else None,
            "prompt_tokens": call.usage.prompt_tokens if call else 0,
            "completion_tokens": call.usage.completion_tokens if call else 0,
            "cost_usd": f"{call.cost_usd if call else Decimal(0):.6f}",
            "ms": self.ms,
        }


async def ask(prompt: Prompt, call: Call, asked: Asked, on_metered: OnMetered) -> Attempt:
    """Ask the small model once and check its answer. Errors of the model are reported in the attempt, not raised.

    `on_metered` also gets the record of the call, even if nobody waits for the answer any more.
    """
    began, records = time.monotonic(), list[ModelCallRecord]()

    def note(record: ModelCallRecord) -> None:
        records.append(record)
        on_metered(record)

    answer: Answer | None = None
    why_not: Failed | None = None
    try:
        async with asyncio.timeout(settings.ROUTING_SMALL_TIMEOUT_S):
            answer = await _whole(prompt, call, note)
    except TimeoutError:
        why_not = Failed.TOO_SLOW
    except BudgetExhausted:
        why_not = Failed.BUDGET
    except EngineError as error:
        log.info("the small model gave no whole answer: %s", error)
        why_not = Failed.UNAVAILABLE
    if answer:
        why_not = await asyncio.to_thread(answer_checks.why_not, answer, asked)
    ms = round((time.monotonic() - began) * 1000)
    return Attempt(answer.text if answer else "", why_not, records[-1] if records else None, ms)


async def _whole(prompt: Prompt, call: Call, on_metered: OnMetered) -> Answer:
    words, left, finish_reason, took_back = StreamedText(), settings.REPLY_MAX_CHARS, "stop", False
    async with aclosing(tiers.ask_small(prompt, call, on_metered)) as deltas:
        async for delta in deltas:
            finish_reason = delta.finish_reason or finish_reason
            words.feed(delta.text[:left], structured=delta.structured)
            took_back = words.took_back() or took_back
            left -= len(delta.text)
            if left <= 0:
                finish_reason = "length"
                break
    words.close()
    return Answer(words.text.strip(), words.action or "", finish_reason, words.took_back() or took_back)
