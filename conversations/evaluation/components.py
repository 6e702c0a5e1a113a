"""How summaries and the gate do on somebody's own data; what `manage.py evaluate summary` and `gate` call."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from assistant.confidence_intervals import wilson
from assistant.errors import ServiceError
from assistant.llm import router
from assistant.usage.models import ModelCall
from assistant.workspaces.models import Workspace
from conversations.context.clause_splitting import Clause, clauses
from conversations.context.extractive_summary import notes_of
from conversations.context.fact_ledger import Ledger
from conversations.context.faithfulness import unsupported_sentences
from conversations.context.summaries import Folded, shortened
from conversations.gate.decision import decide
from conversations.messaging import admission


def summary(row: Mapping[str, Any], workspace: Workspace | None) -> dict[str, Any]:
    """`{turns: [{role, text}]}` gives `{summary, facts, words, seconds, unsupported}`.

    `facts` are the values kept in the ledger, `unsupported` the sentences of the summary that hold a
    number, id, date, amount or name that no turn holds. With EVALUATION_ASKS_SMALL_MODEL the small
    model shortens the notes as it does in a worker; it can only gain room, so without it is the floor.
    """
    began = time.perf_counter()
    ledger, said = Ledger(), list[Clause]()
    for number, turn in enumerate(row["turns"], start=1):
        ledger = ledger.folded(turn["text"], str(number), turn["role"])
        said += clauses(turn["text"], turn["role"], str(number))
    folded = Folded(ledger, tuple(notes_of(said)))
    if settings.EVALUATION_ASKS_SMALL_MODEL:
        call = router.Call(workspace_id=workspace and workspace.id, purpose=ModelCall.Purpose.EVALUATION)
        folded, _ = shortened(folded, call) or (folded, "")
    text = folded.text()
    source = "\n".join(turn["text"] for turn in row["turns"])
    return {
        "summary": text,
        "facts": [{"kind": fact.kind, "value": fact.value, "turn": int(fact.message_id)} for fact in ledger.current()],
        "words": len(text.split()),
        "seconds": round(time.perf_counter() - began, 4),
        "unsupported": unsupported_sentences(text, source),
    }


def summary_totals(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    words = [row["words"] for row in rows]
    bad = sum(bool(row["unsupported"]) for row in rows)
    low, high = wilson(bad, len(rows))
    return [
        f"{len(rows)} summaries, {sum(words) / len(rows):.0f} words on average, {max(words)} at most",
        f"with an unsupported sentence: {bad} ({bad / len(rows):.1%}, 95 % interval {low:.1%} to {high:.1%})",
        f"facts in the ledger: {sum(len(row['facts']) for row in rows) / len(rows):.1f} a conversation",
        f"{sum(row['seconds'] for row in rows) / len(rows):.3f} s a summary",
    ]


def gate(row: Mapping[str, Any], workspace: Workspace | None) -> dict[str, Any]:
    """`{text}` gives `{verdict, reason, score}`: what becomes of a message by itself, rates apart.

    allow: it is answered. hold: a person answers, and no model reads it. refuse: it is not taken.
    """
    try:
        admission.readable(row["text"])
    except ServiceError as refused:
        return {"verdict": "refuse", "reason": refused.code, "score": None}
    decision = decide(row["text"], workspace and workspace.id)
    return {"verdict": decision.verdict, "reason": decision.reason, "score": round(decision.score, 4)}


def gate_totals(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """By `class`, where the rows have one."""
    lines = [f"{len(rows)} messages"]
    for name in sorted({str(row.get("class", "all")) for row in rows}):
        own = [row["verdict"] for row in rows if str(row.get("class", "all")) == name]
        for verdict in ("hold", "refuse"):
            low, high = wilson(own.count(verdict), len(own))
            share = own.count(verdict) / len(own)
            lines.append(f"{name}, {verdict}: {share:.1%} (95 % interval {low:.1%} to {high:.1%}, n={len(own)})")
    return lines
