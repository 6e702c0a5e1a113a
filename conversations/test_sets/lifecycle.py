"""Start and cancel runs of a test set. A worker does the run."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from assistant.guidance.models import Guidance
from assistant.llm import prompts, registry
from conversations.test_sets import tasks
from conversations.test_sets.errors import TestSetEmpty, TestSetRunning
from conversations.test_sets.models import Run, TestSet


def start(test_set: TestSet, by: Any = None, guidance: Guidance | None = None) -> Run:
    """Have a worker run the set, under what is live or another version of the guidance. Where it is being run already,
    that run is returned.

    Raises:
        TestSetEmpty
        TestSetRunning: it is being run under another version.
    """
    total = test_set.cases.count()
    if not total:
        raise TestSetEmpty
    run = Run(test_set=test_set, by=by, total=total, guidance=guidance, **_made_with(test_set, guidance))
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        if under_way := test_set.runs.unfinished().first():
            if under_way.guidance_id != (guidance and guidance.pk):
                raise TestSetRunning from None
            return under_way
        raise  # the set was deleted, or its run ended in this moment
    # Lost with the broker, it is made up for by the beat: the row is what counts.
    transaction.on_commit(lambda: tasks.carry_on.delay(str(run.pk)), robust=True)
    return run


def cancel(run: Run) -> bool:
    """End a run before all cases are asked; False where it is over already. What was found out so far stays."""
    unfinished = Run.objects.unfinished().filter(pk=run.pk)
    return unfinished.update(state=Run.State.CANCELLED, leased_until=None, finished_at=timezone.now()) == 1


def _made_with(test_set: TestSet, guidance: Guidance | None) -> dict[str, str]:
    content = guidance.content if guidance else None
    workspace_id = test_set.workspace_id
    model = registry.model("large", workspace_id) if registry.has("large", workspace_id) else ""
    return {"release": prompts.release(test_set.workspace, content), "model": model[:200]}
