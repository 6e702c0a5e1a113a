"""What routing saves and loses on labelled questions; what `manage.py evaluate routing` calls.

Each question is searched for once, and put to both models with the same passages. Nothing of it is stored but the
metered calls. Every threshold of every policy is then reckoned from what both said: no model is asked again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import CommandError

from assistant.llm import tiers
from assistant.llm.engines.base import EngineError, Prompt
from assistant.llm.engines.base import Message as Turn
from assistant.llm.router import Call, ModelCallRecord
from assistant.llm.streaming_json import StreamedText
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from conversations.context import assembly
from conversations.evaluation import routing_chart, routing_hull
from conversations.evaluation.conversations import ROLES, word_counts
from conversations.messaging.question import Question
from conversations.models import Contact, Conversation, Message
from conversations.replies import answer_checks, citations, grounding, retrieval, routed_replies
from conversations.replies.answer_checks import Answer, Asked, Failed
from conversations.replies.receipts import ReplyState
from conversations.replies.routing import Signals
from conversations.replies.routing_signals import signals_of
from conversations.understanding import acts
from knowledge.search.evaluation import mean, share

MAX_LOSS = 0.02
JUDGE = (
    "You grade an answer of a help desk against the right answer. Reply with one digit and nothing else: "
    "2 if it tells the customer the same, 1 if a part of it, 0 if it is wrong or tells nothing of it."
)
JUDGE_MAX_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """What one model said, and what it used."""

    answer: Answer
    call: ModelCallRecord | None
    ms: int


def routing(row: Mapping[str, Any], workspace: Workspace, *, judge: str = "") -> dict[str, Any]:
    """`{text, answer?, articles?, history?, answerable?}` gives `{asked, signals, why_not, small, large}`.

    `small` and `large`: `{text, score, told, cited_right, unsupported, cost_usd, ms, ...}`. `asked` is false where
    search found nothing that a model could judge. `why_not`: the check that the small answer does not pass.
    `judge`: the tier of a model that grades instead of the words of the expected answer.
    """
    if not tiers.has_two(workspace.pk):
        raise CommandError("Routing needs two models: a large one, and a small one that may answer customers.")
    return async_to_sync(_routing)(row, workspace, judge)


async def _routing(row: Mapping[str, Any], workspace: Workspace, judge: str) -> dict[str, Any]:
    question = _question(row, workspace)
    draft = ReplyState("", understood=await asyncio.to_thread(acts.act_of, question.text))
    queries = retrieval.queries_of(question)
    retrieved = await retrieval.retrieve(question, queries, await retrieval.embed(question, queries))
    if retrieved.is_declined and not retrieved.is_for_model(workspace.pk):
        return {"asked": False}
    found = retrieved.found
    draft.context = await assembly.aassemble(question, found.passages, retrieved.vector, found.searched_text)
    draft.passages = draft.context.passages
    signals = signals_of(question, draft, retrieved, rung=0)
    context = await routed_replies.context_of_small(question, draft.context, retrieved)
    asked, of_large = (
        routed_replies.asked_of(question, passages, signals) for passages in (context.passages, draft.passages)
    )
    call = Call(workspace.pk, purpose=ModelCall.Purpose.EVALUATION)
    small = await _told(context.as_prompt(), call, tiers.ask_small)
    large = await _told(draft.context.as_prompt(), call, tiers.ask_large)
    why_not = (
        Failed.UNAVAILABLE if small is None else await asyncio.to_thread(answer_checks.why_not, small.answer, asked)
    )
    return {
        "asked": True,
        "signals": asdict(signals),
        "why_not": str(why_not) if why_not else None,
        "small": await _scored(small, row, asked, judge, call),
        "large": await _scored(large, row, of_large, judge, call),
    }


def _question(row: Mapping[str, Any], workspace: Workspace) -> Question:
    """As a new customer would have asked it; none of it is stored."""
    contact = Contact(workspace=workspace)
    locale = row.get("lang") or workspace.locale
    conversation = Conversation(workspace=workspace, contact=contact, locale=locale)
    said = [*row.get("history", ()), {"role": "customer", "text": row["text"]}]
    messages = [
        Message(conversation=conversation, seq=seq, role=ROLES.get(turn["role"], "assistant"), text=turn["text"])
        for seq, turn in enumerate(said, start=1)
    ]
    *history, message = messages
    return Question(row["text"], message, conversation, workspace, contact, tuple(history))


async def _told(prompt: Prompt, call: Call, ask: Any) -> Told | None:
    """The whole answer of a model; None where it gave none."""
    began, words, records, finish_reason = time.monotonic(), StreamedText(), list[ModelCallRecord](), "stop"
    try:
        async with aclosing(ask(prompt, call, records.append)) as deltas:
            async for delta in deltas:
                words.feed(delta.text, structured=delta.structured)
                finish_reason = delta.finish_reason or finish_reason
    except EngineError:
        return None
    words.close()
    answer = Answer(words.text.strip(), words.action or "", finish_reason)
    return Told(answer, records[-1] if records else None, round((time.monotonic() - began) * 1000))


async def _scored(told: Told | None, row: Mapping[str, Any], asked: Asked, judge: str, call: Call) -> dict[str, Any]:
    """How good an answer is, 0 to 1: the share of the expected words that it tells, or the judge's grade; 0 where it
    cites none of the right articles, or has a sentence that its sources do not carry. Where nothing answers, 1 for
    offering a person."""
    if told is None:
        return {"text": "", "score": 0.0, "cost_usd": 0.0, "ms": 0, "failed": True}
    text, cited = citations.cited(told.answer.text, asked.passages)
    doubts = grounding.doubts(text, asked.passages, said_before=asked.said_before, locale=asked.locale)
    ids = {str(passage.article_id): passage.external_id for passage in asked.passages}
    right = bool({ids[each["article_id"]] for each in cited} & set(row.get("articles") or ()))
    expected = " ".join(str(row[name]) for name in ("answer", "answer_2") if row.get(name))
    share_told = _share_told(expected, text)
    grade = await _graded(judge, row["text"], expected, text, call) if judge and expected else share_told
    is_open = row.get("answerable") is False or not expected
    score = float(bool(told.answer.action)) if is_open else grade * right * (not doubts)
    usage = told.call.usage if told.call else None
    return {
        "text": text,
        "score": round(score, 4),
        "told": round(share_told, 4),
        "cited_right": right,
        "unsupported": [doubt.sentence for doubt in doubts],
        "model": told.call.model if told.call else None,
        "prompt_tokens": usage.prompt_tokens if usage else 0,
        "completion_tokens": usage.completion_tokens if usage else 0,
        "cost_usd": float(told.call.cost_usd) if told.call else 0.0,
        "ms": told.ms,
    }


def _share_told(expected: str, text: str) -> float:
    wanted = word_counts(expected)
    return (wanted & word_counts(text)).total() / wanted.total() if wanted else 0.0


async def _graded(judge: str, question: str, expected: str, text: str, call: Call) -> float:
    """The judge's grade, 0 to 1; 0 where it says nothing that is one."""
    asked = json.dumps({"question": question, "right_answer": expected, "answer": text}, ensure_ascii=False)
    prompt = Prompt((Turn("system", JUDGE), Turn("user", asked)), max_tokens=JUDGE_MAX_TOKENS)
    said = (await tiers.complete(prompt, call, judge)).strip()[:1]
    return int(said) / 2 if said in ("0", "1", "2") else 0.0


def routing_totals(
    rows: Sequence[Mapping[str, Any]],
    *,
    max_loss: float = MAX_LOSS,
    chart: Path | None = None,
    json_out: Path | None = None,
) -> list[str]:
    """The hull of cost against quality, and the cheapest threshold that loses at most `max_loss`."""
    tried = [row for row in rows if "small" in row]
    asked = [_row(row) for row in tried]
    if not asked:
        return [f"{len(rows)} questions, none of which a model was asked"]
    found = routing_hull.points(asked, frozenset(settings.ROUTING_SMALL_LANGUAGES))
    on_hull, large = routing_hull.hull(found), found[0]
    chosen = [routing_hull.cheapest_within(found, max_loss, surely=surely) for surely in (False, True)]
    if chart:
        chart.write_text(routing_chart.svg(f"Routing, {len(asked)} questions", found, on_hull), encoding="utf-8")
    if json_out:
        every = {"questions": len(asked), "points": [routing_hull.as_json(point, large) for point in found]}
        named = {
            "hull": on_hull,
            "within_max_loss": [p for p in chosen[:1] if p],
            "surely": [p for p in chosen[1:] if p],
        }
        parts = {name: [routing_hull.as_json(p, large) for p in points] for name, points in named.items()}
        json_out.write_text(json.dumps({"max_loss": max_loss} | every | parts, indent=1), encoding="utf-8")
    return [
        f"{len(rows)} questions, {len(asked)} put to both models",
        share("small answers that pass their checks", [row["why_not"] is None for row in tried]),
        *_reasons(tried),
        *(line for tier in ("small", "large") for line in _parts(tier, [row[tier] for row in tried])),
        "ends:",
        *(_line(point, large) for point in found[:3]),
        "hull, cheapest first:",
        *(_line(point, large) for point in on_hull),
        *_choices(chosen, max_loss, large),
    ]


def _row(row: Mapping[str, Any]) -> routing_hull.Row:
    small, large = row["small"], row["large"]
    costs = float(small["cost_usd"]), float(large["cost_usd"])
    return routing_hull.Row(Signals(**row["signals"]), small["score"], large["score"], *costs, row["why_not"] is None)


def _parts(tier: str, answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the score is made of."""
    return [
        mean(f"{tier}, share of the expected words told", [answer.get("told", 0.0) for answer in answers]),
        share(f"{tier}, cites a right article", [bool(answer.get("cited_right")) for answer in answers]),
        share(f"{tier}, with an unsupported sentence", [bool(answer.get("unsupported")) for answer in answers]),
    ]


def _reasons(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    codes = [str(row["why_not"]) for row in rows if row["why_not"]]
    counted = sorted(set(codes), key=lambda code: -codes.count(code))
    return ["not passed: " + ", ".join(f"{code} {codes.count(code)}" for code in counted)] if codes else []


def _line(point: routing_hull.Point, large: routing_hull.Point) -> str:
    (lost, (low, high)), (saved, (least, most)) = routing_hull.loss(point, large), routing_hull.saving(point, large)
    at = "" if point.threshold is None else f" at {point.threshold:.2f}"
    return (
        f"  {point.name}{at}: score {point.quality:.3f}, loses {lost:+.3f} ({low:+.3f} to {high:+.3f}), "
        f"saves {saved:.1%} ({least:.1%} to {most:.1%}), {point.small_share:.0%} by the small model"
    )


def _choices(chosen: Sequence[routing_hull.Point | None], max_loss: float, large: routing_hull.Point) -> list[str]:
    names = ("on average", "also by the upper end of the 95 % interval")
    lines = []
    for name, point in zip(names, chosen, strict=True):
        lines.append(f"cheapest threshold that loses at most {max_loss:g}, {name}:")
        lines.append(_line(point, large) if point else "  none: keep always_large")
    return lines
