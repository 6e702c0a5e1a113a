"""Compare the results of a run with the run before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from conversations.test_sets.models import Result, Run


class Change(models.TextChoices):
    BROKEN = "broken", "No longer right"
    FIXED = "fixed", "Now right"
    WORDS = "words", "Different answer"
    EDITED = "edited", "Case edited"
    NEW = "new", "New case"
    SAME = "same", "Unchanged"


@dataclass(frozen=True, slots=True)
class Compared:
    result: Result
    before: Result | None
    change: Change


def run_before(run: Run) -> Run | None:
    """The last one that was finished before this one began."""
    return Run.objects.done().filter(test_set=run.test_set_id, created_at__lt=run.created_at).first()


def compared(run: Run, before: Run | None) -> list[Compared]:
    """Each result of a run in the order of its cases. Without a run before it nothing has changed."""
    results = run.results.select_related("case").order_by("case__number")
    if before is None:
        return [Compared(result, None, Change.SAME) for result in results]
    earlier = {result.case_id: result for result in before.results.all()}
    return [Compared(result, old := earlier.get(result.case_id), _change(result, old)) for result in results]


def counted(rows: Sequence[Compared]) -> list[tuple[Change, int]]:
    """How many changed in which way."""
    counts = Counter(row.change for row in rows)
    return [(change, counts[change]) for change in Change if counts[change] and change != Change.SAME]


def _change(now: Result, before: Result | None) -> Change:
    if before is None:
        return Change.NEW
    if before.key != now.key:
        return Change.EDITED
    if before.right != now.right:
        return Change.FIXED if now.right else Change.BROKEN
    if (before.reply, before.cited, before.waits) != (now.reply, now.cited, now.waits):
        return Change.WORDS
    return Change.SAME
