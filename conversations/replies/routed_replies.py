"""Route a reply: decide which model is asked first, and ask the small one if it was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from assistant.llm import tiers
from assistant.llm.router import Call
from assistant.usage import budgets
from conversations.context import assembly
from conversations.context.assembly import Context
from conversations.messaging.question import Question
from conversations.replies import cascade
from conversations.replies.answer_checks import Asked
from conversations.replies.receipts import ReplyState
from conversations.replies.retrieval import Retrieved
from conversations.replies.routing import LARGE, SMALL, Policy, Reason, Signals, decide, policy_of
from conversations.replies.routing_signals import signals_of
from knowledge.search.search import Passage


@dataclass(frozen=True, slots=True)
class Routed:
    """The small model's answer if it passed the checks, else empty. `large_may`: the large model may answer instead."""

    text: str = ""
    large_may: bool = True


async def small_answer(question: Question, draft: ReplyState, retrieved: Retrieved, call: Call) -> Routed:
    """Ask the small model first if routing chooses it, and note the decision in the draft.

    With only one model there is nothing to decide. When a budget is nearly used up, every message goes to the small
    model, without the large one as a fallback. When it is used up, the router refuses all calls.
    """
    if not tiers.has_two(question.workspace.id) or draft.context is None:
        return Routed()
    standing = await budgets.astatus(call.workspace_id, call.widget_id)
    decision = decide(signals_of(question, draft, retrieved, standing.rung), policy_for(question))
    draft.routing, draft.why_tier = decision, decision.sentence
    if decision.tier != SMALL or standing.rung >= budgets.EXHAUSTED:
        return Routed()
    context = await context_of_small(question, draft.context, retrieved)
    asked = asked_of(question, context.passages, decision.signals)
    attempt = await cascade.ask(context.as_prompt(), call, asked, draft.note_small_call)
    draft.cascade = attempt
    if attempt.is_accepted:
        draft.call, draft.context, draft.passages = attempt.call, context, context.passages
        return Routed(attempt.text)
    draft.why_tier = f"the small model's answer was not used: {attempt.why_not}"
    if decision.reason == Reason.BUDGET:
        draft.budget = standing
        return Routed(large_may=False)
    return Routed()


async def context_of_small(question: Question, of_large: Context, retrieved: Retrieved) -> Context:
    """Return the small model's context: that of the large one, or a shorter one if the small model has less room."""
    large, small = (assembly.room_of(question, tier) for tier in (LARGE, SMALL))
    if small.prompt >= large.prompt and small.answer >= large.answer:
        return of_large
    found = retrieved.found
    return await assembly.aassemble(question, found.passages, retrieved.vector, found.searched_text, SMALL)


def policy_for(question: Question) -> Policy:
    workspace = question.workspace
    name = workspace.routing_policy or settings.ROUTING_POLICY
    return policy_of(name, workspace.routing_confidence_min, settings.ROUTING_SMALL_LANGUAGES)


def asked_of(question: Question, passages: Sequence[Passage], signals: Signals) -> Asked:
    return Asked(
        text=question.text,
        said_before=question.said_before,
        passages=passages,
        language=signals.language,
        locale=question.conversation.locale,
        reader=signals.reader,
    )
