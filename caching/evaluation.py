"""Evaluate the cache on a file of question pairs: `manage.py evaluate cache` and `evaluate cacheability`."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from assistant.confidence_intervals import clopper_pearson
from assistant.workspaces.models import Workspace
from caching.matching import equivalence
from caching.matching.cacheability import classify


def cache(row: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """Decide whether an answer cached for `a` would be served for `b`, from the two questions alone."""
    judgement = equivalence.judge(row["a"], row["b"])
    similarity = (
        judgement.similarity if judgement.similarity is not None else equivalence.similarity(row["a"], row["b"])
    )
    return {"served": judgement.served, "reason": judgement.reason, "similarity": round(similarity, 4)}


def cache_totals(rows: Sequence[dict[str, Any]]) -> list[str]:
    served = sum(row["served"] for row in rows)
    lines = [f"served {share(served, len(rows))} of all pairs"]
    for label, name in ((True, "the same (hits)"), (False, "different (wrong)")):
        of_label = [row for row in rows if row.get("same") is not None and bool(row["same"]) is label]
        if of_label:
            lines.append(f"served {share(sum(r['served'] for r in of_label), len(of_label))} of pairs that are {name}")
    return [*lines, *reasons(row["reason"] for row in rows)]


def cacheability(row: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    history = [(turn["role"], turn["text"]) for turn in row.get("history") or []]
    verdict = classify(row["text"], history)
    return {"kind": verdict.kind, "reason": verdict.why}


def cacheability_totals(rows: Sequence[dict[str, Any]]) -> list[str]:
    return reasons(row["kind"] for row in rows)


def reasons(verdict: Any) -> list[str]:
    return [f"{count:6} {reason}" for reason, count in Counter(verdict).most_common()]


def share(part: int, whole: int) -> str:
    """Format a share: "12.0 % [8.1, 17.0] (24 of 200)", with the exact two-sided 95 % Clopper-Pearson interval."""
    low, high = clopper_pearson(part, whole)
    return f"{100 * part / whole:.1f} % [{100 * low:.1f}, {100 * high:.1f}] ({part} of {whole})"
