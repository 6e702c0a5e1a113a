"""Runs of test sets in a worker: its cases asked one after the other, in slices, by one worker at a time.

What answers and what scores is `conversations.evaluation.conversations`, as for `manage.py evaluate conversation`.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.db import transaction

from assistant.errors import ServiceError
from assistant.leases import LeaseLost
from conversations.evaluation import conversations
from conversations.test_sets.models import Case, Result, Run

log = logging.getLogger(__name__)
State = Run.State
KEPT_OF_AN_ANSWER = ("reply", "cited", "waits", "action", "ms", "right", "first", "told")


def carry_on(run: Run) -> bool:
    """Work on a run for a slice of time. True when there is more to do for this worker."""
    if not run.claim():
        return False
    try:
        return _carried_on(run)
    except LeaseLost:
        log.info("test run %s was cancelled, or took longer than its lease: this worker leaves it", run.pk)
        return False


def _carried_on(run: Run) -> bool:
    if run.attempts > 1 or not run.done:  # a worker died with it, or with one that nobody took up again
        conversations.erase_left_over(run.test_set.workspace)
    if run.attempts > settings.TEST_RUN_MAX_ATTEMPTS:
        case = _next_case(run)
        run.finish(State.FAILED, why_failed=f"{case or 'It'} ended its worker {run.attempts - 1} times.")
        return False
    until = time.monotonic() + settings.TEST_RUN_SLICE_S
    while case := _next_case(run):
        _ask(run, case)
        if time.monotonic() > until:
            run.release_lease()
            return True
    _finish(run)
    return False


def _next_case(run: Run) -> Case | None:
    """The next case of the run. Cases added during a run belong to the next run."""
    left = run.test_set.cases.filter(created_at__lte=run.created_at).exclude(results__run=run)
    return left.order_by("number").first()


def _ask(run: Run, case: Case) -> None:
    """Ask one case and keep what came of it, unless it was erased meanwhile.

    Raises:
        LeaseLost
    """
    answer = _answered(case, run)
    with transaction.atomic():
        held = Case.objects.select_for_update(no_key=True).filter(pk=case.pk).values_list("pk").first()
        if held is not None:
            Result.objects.get_or_create(run=run, case=case, defaults={"key": case.key, **answer})
        results = run.results.all()
        done, right = results.count(), results.filter(right=True).count()
        run.keep(done=done, right=right, total=max(done, run.total if held else run.total - 1))


def _answered(case: Case, run: Run) -> dict[str, Any]:
    guidance = run.guidance.content if run.guidance else None
    try:
        answer = conversations.conversation(case.as_row(), run.test_set.workspace, guidance)
    except ServiceError as error:  # the message was not let in
        return {"refused": error.code}
    kept = {name: answer[name] for name in KEPT_OF_AN_ANSWER}
    return kept | {"action": kept["action"] or "", "waits": bool(kept["waits"])}


def _finish(run: Run) -> None:
    """
    Raises:
        LeaseLost
    """
    rows = [
        {**result.case.as_row(), "right": result.right, "first": result.first, "told": result.told}
        | {"cited": result.cited}
        for result in run.results.select_related("case")
    ]
    lines = conversations.conversation_totals(rows)
    run.finish(State.DONE, totals=lines, total=len(rows))
    newest = run.test_set.runs.values_list("pk", flat=True)[: settings.TEST_RUNS_KEPT]
    run.test_set.runs.exclude(pk__in=list(newest)).delete()
