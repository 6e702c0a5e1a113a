"""Evaluate search on a file of labelled questions: `manage.py evaluate search`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.confidence_intervals import bootstrap, wilson
from assistant.llm import embeddings
from assistant.workspaces.models import Workspace
from knowledge.search.search import passages_for, search_text
from knowledge.search.types import INTERNAL, Query

FOUND_MAX = 10
CONFIDENCES = tuple(step / 10 for step in range(1, 10))
_PASSAGES = 40  # enough for ten distinct articles


def search(row: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """Search for `{question, gold?, history?, answerable?}`; return the ids found, best first, and the decision."""
    history = tuple((str(turn["role"]), str(turn["text"])) for turn in row.get("history") or ())
    locale = row.get("locale") or workspace.locale
    text = search_text(str(row["question"]), history, locale=locale)
    vector = embeddings.embed([text], workspace_id=workspace.pk, purpose="evaluation")[0]
    query = Query(str(row["question"]), history, locale, INTERNAL, limit=_PASSAGES, max_tokens=10**9)
    result = passages_for(workspace, query, vector)
    ids = dict.fromkeys(passage.external_id or str(passage.article_id) for passage in result.passages)
    return {
        "found": list(ids)[:FOUND_MAX],
        "declined": result.declined,
        "reason": result.reason,
        "confidence": round(result.confidence, 4),
        "ms": result.ms,
    }


def search_totals(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Summarise `rows` of questions with results. A hit at k: at least one gold article is among the first k."""
    labelled = [row for row in rows if row.get("gold") and row.get("answerable") is not False]
    lines = [f"{len(rows)} questions, {len(labelled)} with gold articles"]
    if labelled:
        for k in (1, 5):
            lines.append(share(f"R@{k}", [bool(set(row["gold"]) & set(row["found"][:k])) for row in labelled]))
        lines.append(mean("MRR", [reciprocal_rank(row["gold"], row["found"]) for row in labelled]))
    of_each = {label: [row for row in rows if _label(row) is label] for label in (True, False)}
    for label, name in ((True, "answerable"), (False, "not answerable")):
        if of_each[label]:
            lines.append(share(f"declined, of the {name}", [row["declined"] for row in of_each[label]]))
    if all(of_each.values()):
        lines += ["with a minimum confidence of", *(_with_least(confidence, of_each) for confidence in CONFIDENCES)]
    lines.append(f"time: p50 {percentile(rows, 50)} ms, p95 {percentile(rows, 95)} ms")
    return lines


def _label(row: dict[str, Any]) -> bool | None:
    """Return whether the question is answerable: as labelled, else whether it has a gold article."""
    return row.get("answerable", bool(row.get("gold")) or None)


def _with_least(confidence: float, of_each: dict[bool, list[dict[str, Any]]]) -> str:
    below = {label: np.mean([row["confidence"] < confidence for row in rows]) for label, rows in of_each.items()}
    return f"  {confidence:.1f}: declined {below[False]:.3f} of the not answerable, {below[True]:.3f} of the answerable"


def reciprocal_rank(gold: Sequence[str], ids: Sequence[str]) -> float:
    return next((1 / rank for rank, each in enumerate(ids, start=1) if each in set(gold)), 0.0)


def percentile(rows: Sequence[dict[str, Any]], percent: float) -> int:
    return round(float(np.percentile([row["ms"] for row in rows], percent))) if rows else 0


def share(name: str, hits: Sequence[bool]) -> str:
    low, high = wilson(sum(hits), len(hits))
    return f"{name}: {sum(hits) / len(hits):.3f} (95 % interval {low:.3f} to {high:.3f}, n={len(hits)})"


def mean(name: str, values: Sequence[float]) -> str:
    low, high = bootstrap(values)
    return f"{name}: {np.mean(values):.3f} (95 % interval {low:.3f} to {high:.3f}, n={len(values)})"
