"""The receipt of a reply: its source, its cost, and its cost without the cache, summaries and small models."""

import uuid
from dataclasses import dataclass, field, replace
from decimal import Decimal
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import timezone

from assistant.llm import registry
from assistant.llm.router import BudgetStatus, ModelCallRecord
from assistant.usage import alerts, pricing
from assistant.usage.models import Alert
from assistant.usage.pricing import Usage
from caching.matching.cacheability import Cacheability
from conversations.context.assembly import Context, full_history_tokens
from conversations.context.fact_extraction import Fact
from conversations.messaging.question import Question
from conversations.replies import attached_files
from conversations.replies.attached_files import ReadFile
from conversations.replies.cascade import Attempt
from conversations.replies.routing import Decision
from conversations.understanding.acts import Act
from conversations.understanding.acts import Message as Understood
from knowledge.search.search import Passage

CENT_FRACTION = Decimal("0.000001")
EVERYONE, THIS_CUSTOMER = "everyone", "this_customer"
WINDOW_PERCENT = (80, 90)  # of CONTEXT_MAX_TOKENS
PARTS = ("instructions", "summary", "passages", "recent", "question")
STEPS = ("exact", "embed", "search", "semantic", "first_token")


@dataclass(slots=True)
class ReplyState:
    """A reply while it is being written, with everything that its receipt shows."""

    reply_id: str
    source: str = "model"
    text: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list)
    action: str = ""
    handoff_reason: str = "asked"  # one of handoff.Reason, if the action is `handed_off`
    finish_reason: str = "stop"
    cache_entry: str | None = None
    why_tier: str = ""
    passages: tuple[Passage, ...] = ()
    context: Context | None = None
    call: ModelCallRecord | None = None
    masked: dict[str, int] = field(default_factory=dict)  # number of values masked for remote models, by kind
    spent_usd: Decimal = Decimal(0)  # by all calls for this reply, including interrupted ones
    routing: Decision | None = None  # if there are two models to choose from
    cascade: Attempt | None = None  # of the small model, if it was asked first
    made_by: str = ""  # the tier that wrote a cached answer
    budget: BudgetStatus | None = None  # if a budget kept this reply from a model
    facts: tuple[Fact, ...] = ()  # of this conversation, if they answer the question
    unsupported: tuple[str, ...] = ()  # sentences that the passages do not support
    cacheability: Cacheability | None = None
    files: tuple[ReadFile, ...] = ()  # that came with the question
    language: str = "en"  # of the question
    understood: Understood | None = None
    questions: int = 1  # number of questions in the message
    told_before: str = ""  # the previous reply, if it answered another question
    topic: dict[str, Any] | None = None  # of the guidance, if the message is about one; as `guided` notes it
    declined_by: str = ""  # what found no answer: "search" or "model"
    written_for: str = THIS_CUSTOMER  # EVERYONE: written without the conversation, so it may be shared
    kept: bool = False  # the cache stored it
    ms: dict[str, int] = field(default_factory=dict)
    began: float = field(default_factory=monotonic)
    lapped: float = field(default_factory=monotonic)

    @property
    def act(self) -> Act:
        """Return the act of the message if it is certain; otherwise a question."""
        return self.understood.act if self.understood and self.understood.is_sure else Act.QUESTION

    def note_call(self, record: ModelCallRecord) -> None:
        """Note the call that answered, or the last that started to. The receipt shows its usage however it ended."""
        self.call = record
        self._note(record)

    def note_other_call(self, record: ModelCallRecord) -> None:
        """Note a call whose answer is not the reply; it still counts towards the reply's cost."""
        self._note(record)

    def note_small_call(self, record: ModelCallRecord) -> None:
        """Note the small model's call, so that it is on the receipt even if the reply is stopped before the checks."""
        self.cascade = Attempt.stopped(record)
        self._note(record)

    def _note(self, record: ModelCallRecord) -> None:
        self.spent_usd += record.cost_usd
        for kind, count in record.masked.items():
            self.masked[kind] = max(count, self.masked.get(kind, 0))

    @property
    def completion_tokens(self) -> int:
        """Return all completion tokens for this reply, used or not."""
        tried = self.cascade.call if self.cascade else None
        return sum(call.usage.completion_tokens for call in (self.call, tried) if call)

    def lap(self, step: str) -> None:
        """Record the milliseconds since the last lap as the duration of a step."""
        now = monotonic()
        self.ms[step], self.lapped = round((now - self.lapped) * 1000), now

    def first_word(self) -> None:
        self.ms.setdefault("first_token", round((monotonic() - self.began) * 1000))


def receipt(draft: ReplyState, question: Question) -> dict[str, Any]:
    """Return the receipt as API keys see it. Money is in US dollars with six decimals, times in milliseconds."""
    usage = draft.call.usage if draft.call else Usage(0, 0, 0)
    tokens = dict.fromkeys(PARTS, 0) | dict(draft.context.tokens if draft.context else {})
    compared_with = _compared_with(question)
    written = usage.completion_tokens or registry.counter("large", question.workspace.id)(draft.text)
    with_files = replace(question, files=tuple(file.words for file in draft.files))
    full = Usage(full_history_tokens(with_files, draft.passages), 0, written)
    would = pricing.price_usd(compared_with, full) if compared_with else None
    cost = draft.spent_usd
    return {
        "source": draft.source,
        "cache_entry": draft.cache_entry,
        "tier": draft.call.tier if draft.call else None,
        "why_tier": draft.why_tier,
        "routing": draft.routing.as_json() if draft.routing else None,
        "cascade": draft.cascade.as_json() if draft.cascade else None,
        "made_by": draft.made_by or None,
        "engine": draft.call.engine if draft.call else None,
        "model": draft.call.model if draft.call else None,
        "cacheability": _cacheability(draft.cacheability),
        "written_for": draft.written_for,
        "tokens": tokens | _tokens(usage),
        "estimated": usage.counted_locally,
        "masked": draft.masked,
        "understood": _understood(draft),
        "guidance": {"version": question.guidance.number, "topic": draft.topic},
        "declined_by": draft.declined_by or None,
        "unsupported": list(draft.unsupported),
        "dropped": list(draft.context.dropped) if draft.context else [],
        "window": _window(sum(tokens.values())),
        "budget": _budget(draft),
        "cost_usd": _money(cost),
        "would_have_cost_usd": _money(would),
        "compared_with": compared_with,
        "saved_usd": {cause: _money(saved) for cause, saved in _savings(draft, compared_with, would, usage).items()},
        "what_if": None if compared_with else _what_if(full),
        "ms": dict.fromkeys(STEPS, 0) | draft.ms | {"total": round((monotonic() - draft.began) * 1000)},
        **_files(draft, question),
    }


def _cacheability(known: Cacheability | None) -> dict[str, str] | None:
    return {"kind": known.kind, "why": known.why} if known else None


def _tokens(usage: Usage) -> dict[str, int]:
    return {
        "prompt": usage.prompt_tokens,
        "prompt_cached": usage.prompt_cached_tokens,
        "prompt_cache_written": usage.prompt_cache_written_tokens,
        "completion": usage.completion_tokens,
        "reasoning": usage.reasoning_tokens,
    }


def _files(draft: ReplyState, question: Question) -> dict[str, Any]:
    """Return how each file of the question was used; empty without files."""
    if not draft.files:
        return {}
    told = [file.as_json() for file in draft.files]
    return {"files": told, "vision_avoided": attached_files.vision_avoided(draft.files, question.workspace)}


def _understood(draft: ReplyState) -> dict[str, Any] | None:
    message = draft.understood
    if message is None:
        return None
    return {
        "act": str(message.act),
        "probability": round(message.probability, 2),
        "questions": draft.questions,
    }


def _compared_with(question: Question) -> str | None:
    """Return the workspace's large model, the baseline for savings: the full prompt without a cache.

    None if there is none, or its price is unknown: then no savings are claimed.
    """
    model = registry.price_name("large", question.workspace.id)
    return model if model and pricing.is_priced(model) else None


def _what_if(full: Usage) -> dict[str, str | None] | None:
    """Return what REFERENCE_MODEL, which is not connected, would have cost: a figure for planning, not a saving."""
    model = settings.REFERENCE_MODEL
    if not (model and pricing.is_priced(model)):
        return None
    return {"model": model, "cost_usd": _money(pricing.price_usd(model, full))}


def _savings(
    draft: ReplyState, compared_with: str | None, would: Decimal | None, usage: Usage
) -> dict[str, Decimal | None]:
    """Return the savings by cause. The three add up to the baseline cost minus the actual cost, or to zero."""
    nothing = Decimal(0)
    if compared_with is None or would is None:
        return dict.fromkeys(("summary", "cache", "tier"))
    if draft.source in ("exact_cache", "semantic_cache", "shared_call"):
        return {"summary": nothing, "cache": would, "tier": nothing}
    if draft.call is None:
        return {"summary": nothing, "cache": nothing, "tier": would - draft.spent_usd}
    ours_on_large = pricing.price_usd(compared_with, usage)
    not_used = draft.spent_usd - draft.call.cost_usd  # calls for this reply whose answer was not used
    return {
        "summary": max(would - ours_on_large, nothing),
        "cache": nothing,
        "tier": max(ours_on_large - draft.call.cost_usd, nothing) - not_used,
    }


def _budget(draft: ReplyState) -> dict[str, Any] | None:
    """Return how far the budget is used: the threshold reached in percent, and the share. None without a budget."""
    standing = draft.budget or (draft.call.budget if draft.call else None)
    if standing is None or standing.budget_id is None:
        return None
    return {"rung": standing.rung, "used_share": standing.used_share, "budget": standing.budget_id}


def _window(used_tokens: int) -> dict[str, Any]:
    share = used_tokens / settings.CONTEXT_MAX_TOKENS
    near, act = (percent / 100 for percent in WINDOW_PERCENT)
    alert = "act" if share >= act else "near" if share >= near else None
    return {"tokens": settings.CONTEXT_MAX_TOKENS, "used_share": round(share, 3), "alert": alert}


def warn_of_window(workspace_id: uuid.UUID, receipt: dict[str, Any] | None) -> None:
    """Alert staff, once a day for each threshold, that prompts come close to CONTEXT_MAX_TOKENS."""
    percent = int(receipt["window"]["used_share"] * 100) if receipt else 0
    for threshold in WINDOW_PERCENT:
        if percent >= threshold:
            sentence = f"A prompt filled {percent} % of the {settings.CONTEXT_MAX_TOKENS:,} tokens that it may have."
            today = timezone.now().date()
            alerts.tell_once(workspace_id, Alert.Kind.WINDOW, threshold, sentence, starts_on=today)


def _money(usd: Decimal | None) -> str | None:
    return None if usd is None else str(usd.quantize(CENT_FRACTION))
