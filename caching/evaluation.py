"""What `manage.py evaluate cache` and `evaluate cacheability` call: the cache on somebody's own pairs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from assistant.confidence_intervals import clopper_pearson
from assistant.workspaces.models import Workspace
from caching.matching import equivalence
from caching.matching.cacheability import classify


def cache(row: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    """Would an answer cached for `a` be served for `b`, by what the two questions alone show?"""
    judged = equivalence.judge(row["a"], row["b"])
    similarity = judged.similarity if judged.similarity is not None else equivalence.similarity(row["a"], row["b"])
    return {"served": judged.served, "reason": judged.reason, "similarity": round(similarity, 4)}


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
    found = classify(row["text"], history)
    return {"kind": found.kind, "reason": found.why}


def cacheability_totals(rows: Sequence[dict[str, Any]]) -> list[str]:
    return reasons(row["kind"] for row in rows)


def reasons(found: Any) -> list[str]:
    return [f"{count:6} {reason}" for reason, count in Counter(found).most_common()]


def share(part: int, whole: int) -> str:
    """ "12.0 % [8.1, 17.0] (24 of 200)": with the exact two-sided 95 % interval of Clopper and Pearson."""
    low, high = clopper_pearson(part, whole)
    return f"{100 * part / whole:.1f} % [{100 * low:.1f}, {100 * high:.1f}] ({part} of {whole})"
